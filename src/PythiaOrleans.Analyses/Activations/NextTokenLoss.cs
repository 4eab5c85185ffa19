using TorchSharp;
using static TorchSharp.torch;

namespace PythiaOrleans.Analyses;

/// <summary>The mean next-token cross-entropy of a batch, one row's logits at a time: all of them would take 0.8 GB for 8 x 512 tokens of Pythia's vocabulary.</summary>
internal static class NextTokenLoss
{
    /// <summary>Summed over the predicted tokens, without gradients.</summary>
    /// <param name="model">The model.</param>
    /// <param name="normed">The normed stream [batch, length, d].</param>
    /// <param name="batch">The tokens [batch][length].</param>
    public static double SumOf(IForwardPass model, Tensor normed, long[][] batch)
    {
        double sum = 0;
        for (var row = 0; row < batch.Length; row++)
        {
            using var scope = NewDisposeScope();
            sum += OfRow(model, normed[row], batch[row]).item<float>();
        }

        return sum;
    }

    /// <summary>The summed loss of one row [length, d], in float32 whatever the model runs in.</summary>
    public static Tensor OfRow(IForwardPass model, Tensor normed, long[] tokens)
    {
        var logits = model.Unembed(normed.narrow(0, 0, tokens.Length - 1));
        return nn.functional.cross_entropy(logits.to(float32), tensor(tokens[1..]).to(normed.device), reduction: nn.Reduction.Sum);
    }
}
