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
    // 1 MB of logits at a time where nothing goes backward, 512 columns for a row of 512 tokens: they are gone before they leave a core's
    // own cache, and of the widths tried (256 to 50,304; AVX2 kernels) products of this one came nearest to the processor's rate. A width
    // that is no multiple of a vector's, or as wide as 4 MB allow, cost a tenth to a quarter of it.
    private const long LogitsAtATime = 1 << 18;
    private const long ColumnsInStep = 64;
    private const long LeastColumns = 256;

    /// <summary>Summed over the predicted tokens of each row, without gradients.</summary>
    /// <param name="model">The model.</param>
    /// <param name="normed">The normed stream [batch, length, d].</param>
    /// <param name="batch">The tokens [batch][length].</param>
    /// <param name="read">
    /// Is shown the logits of each position, some columns of the vocabulary at a time; null where no analysis looks.
    /// </param>
    public static double[] Rows(IForwardPass model, Tensor normed, long[][] batch, LogitsReader? read = null)
    {
        var sums = new double[batch.Length];
        for (var row = 0; row < batch.Length; row++)
        {
            using var scope = NewDisposeScope();
            sums[row] = normed.device.type == DeviceType.CPU && normed.dtype == ScalarType.Float32
                ? RowSum(normed[row].narrow(0, 0, batch[row].Length - 1), model.Unembedding, batch[row][1..], Of(row))
                : RowLoss(model, normed[row], batch[row], Of(row)).item<float>();
        }

        return sums;

        Func<long, LogSums.PartSum>? Of(int row) => read is null
            ? null
            : start => (position, logits, largest) => read(row, position, start, logits, largest);
    }

    /// <summary>The logits of normed states, some columns of the vocabulary at a time.</summary>
    /// <param name="normed">[n, d], in the unembedding's numbers, on its device.</param>
    /// <param name="unembedding">[V, d].</param>
    /// <param name="show">The first column, and logits [n, columns]; they are freed afterwards.</param>
    public static void EachPiece(Tensor normed, Tensor unembedding, Action<long, Tensor> show)
    {
        var vocabulary = unembedding.shape[0];
        var columns = Math.Max(LeastColumns, LogitsAtATime / normed.shape[0] / ColumnsInStep * ColumnsInStep);
        for (long start = 0; start < vocabulary; start += columns)
        {
            using var logits = normed.mm(unembedding.narrow(0, start, Math.Min(columns, vocabulary - start)).t());
            show(start, logits);
        }
    }

    /// <summary>Adds logits to sums over the vocabulary.</summary>
    /// <param name="sums">One for each position.</param>
    /// <param name="logits">[positions, columns], of any type, on any device.</param>
    /// <param name="read">Reads them on the way; null where no analysis looks.</param>
    public static void AddTo(LogSums sums, Tensor logits, LogSums.PartSum? read = null)
    {
        using var scope = NewDisposeScope();
        sums.Add(MemoryMarshal.Cast<byte, float>(logits.to(float32).cpu().contiguous().bytes), read);
    }

    // The summed loss of one row [length, d], in float32 whatever the model runs in.
    private static Tensor RowLoss(IForwardPass model, Tensor normed, long[] tokens, Func<long, LogSums.PartSum>? read)
    {
        var logits = nn.functional.linear(normed.narrow(0, 0, tokens.Length - 1), model.Unembedding);
        if (read is not null)
        {
            AddTo(new LogSums(tokens.Length - 1), logits, read(0));
        }

        return nn.functional.cross_entropy(logits.to(float32), tensor(tokens[1..]).to(normed.device), reduction: nn.Reduction.Sum);
    }

    // Σ (log Σ exp(logit) − the next token's logit), some columns of the vocabulary at a time.
    private static double RowSum(Tensor normed, Tensor unembedding, long[] next, Func<long, LogSums.PartSum>? read)
    {
        var sums = new LogSums(next.Length);
        EachPiece(normed, unembedding, (start, logits) => AddTo(sums, logits, read?.Invoke(start)));
        using var nextLogits = unembedding.index_select(0, tensor(next)).mul(normed).sum(dim: 1, type: float64);
        return sums.Sum() - nextLogits.sum().item<double>();
    }
}
