using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace PythiaOrleans.Analyses.Models;

/// <summary>
/// The mean next-token cross-entropy of a batch, one row's logits at a time: all of them would take 0.8 GB for 8 x 512 tokens of Pythia's
/// vocabulary.
/// </summary>
internal static class NextTokenLoss
{
    // 4 MB of logits at a time where nothing goes backward: they are gone before they leave the caches.
    private const int LogitsAtATime = 1 << 20;

    /// <summary>Summed over the predicted tokens, without gradients.</summary>
    /// <param name="model">The model.</param>
    /// <param name="normed">The normed stream [batch, length, d].</param>
    /// <param name="batch">The tokens [batch][length].</param>
    /// <param name="read">Is shown the logits of each row, some columns of the vocabulary at a time; null where no analysis looks.</param>
    public static double Sum(IForwardPass model, Tensor normed, long[][] batch, LogitsReader? read = null)
    {
        double sum = 0;
        for (var row = 0; row < batch.Length; row++)
        {
            using var scope = NewDisposeScope();
            sum += normed.device.type == DeviceType.CPU && normed.dtype == ScalarType.Float32
                ? RowSum(normed[row].narrow(0, 0, batch[row].Length - 1), model.Unembedding, batch[row][1..], Of(row))
                : RowLoss(model, normed[row], batch[row], Of(row)).item<float>();
        }

        return sum;

        Action<long, Tensor>? Of(int row) => read is null ? null : (start, logits) => Show(read, row, start, logits);
    }

    /// <summary>The logits of normed states, some columns of the vocabulary at a time.</summary>
    /// <param name="normed">[n, d], in the unembedding's numbers, on its device.</param>
    /// <param name="unembedding">[V, d].</param>
    /// <param name="show">The first column, and logits [n, columns]; they are freed afterwards.</param>
    public static void EachPiece(Tensor normed, Tensor unembedding, Action<long, Tensor> show)
    {
        var vocabulary = unembedding.shape[0];
        var columns = Math.Max(1, LogitsAtATime / normed.shape[0]);
        for (long start = 0; start < vocabulary; start += columns)
        {
            using var logits = normed.mm(unembedding.narrow(0, start, Math.Min(columns, vocabulary - start)).t());
            show(start, logits);
        }
    }

    /// <summary>Shows logits as numbers of the host.</summary>
    /// <param name="read">Who reads them.</param>
    /// <param name="row">The row of the batch.</param>
    /// <param name="start">The first column's token.</param>
    /// <param name="logits">[positions, columns], of any type, on any device.</param>
    public static void Show(LogitsReader read, int row, long start, Tensor logits)
    {
        using var scope = NewDisposeScope();
        read(row, start, MemoryMarshal.Cast<byte, float>(logits.to(float32).cpu().contiguous().bytes));
    }

    // The summed loss of one row [length, d], in float32 whatever the model runs in.
    private static Tensor RowLoss(IForwardPass model, Tensor normed, long[] tokens, Action<long, Tensor>? show)
    {
        var logits = nn.functional.linear(normed.narrow(0, 0, tokens.Length - 1), model.Unembedding);
        show?.Invoke(0, logits);
        return nn.functional.cross_entropy(logits.to(float32), tensor(tokens[1..]).to(normed.device), reduction: nn.Reduction.Sum);
    }

    // Σ (log Σ exp(logit) − the next token's logit), some columns of the vocabulary at a time.
    private static double RowSum(Tensor normed, Tensor unembedding, long[] next, Action<long, Tensor>? show)
    {
        var sums = new LogSums(next.Length);
        EachPiece(normed, unembedding, (start, logits) =>
        {
            sums.Add(MemoryMarshal.Cast<byte, float>(logits.bytes));
            show?.Invoke(start, logits);
        });

        using var nextLogits = unembedding.index_select(0, tensor(next)).mul(normed).sum(dim: 1, type: float64);
        return sums.Sum() - nextLogits.sum().item<double>();
    }
}
