using PythiaOrleans.Checkpoints.Families;
using PythiaOrleans.Core.Sweeps;

namespace PythiaOrleans.Analyses.Models;

/// <summary>What running a model on a batch asks of a machine.</summary>
internal static class PassWork
{
    // Measured on one core (bench/): the log-sum of logits, and calling what a block consists of.
    private const double SecondsPerLogit = 2e-9;
    private const double SecondsPerRowAndBlock = 0.7e-3;

    /// <summary>How many tokens of a sequence the model takes: its context bounds the batch's length.</summary>
    public static int Length(ModelShape shape, BatchSpec batch) => Math.Min(batch.Length, shape.ContextLength);

    /// <summary>Tokens of the batch.</summary>
    public static double Tokens(ModelShape shape, BatchSpec batch) => (double)batch.Rows * Length(shape, batch);

    /// <summary>The work of an analysis that runs a forward pass and nothing else; others add theirs to it.</summary>
    /// <remarks>
    /// Two operations for each weight and token, except for the embedding, which is only looked up; and queries by keys, probabilities by
    /// values.
    /// </remarks>
    /// <param name="shape">The model's shape.</param>
    /// <param name="batch">The tokens.</param>
    /// <param name="hasLogits">Whether the logits are formed, which no observer of states alone asks for.</param>
    public static AnalysisWork Forward(ModelShape shape, BatchSpec batch, bool hasLogits = true)
    {
        double table = (double)shape.VocabularyRows * shape.HiddenSize, tokens = Tokens(shape, batch);
        double weights = shape.ParameterCount - (hasLogits ? table : 2 * table);
        double attention = 2.0 * shape.Blocks * Length(shape, batch) * shape.HiddenSize;
        double logits = hasLogits ? tokens * shape.VocabularyRows : 0;
        var flops = 2 * tokens * (weights + attention);
        var seconds = (SecondsPerLogit * logits) + (SecondsPerRowAndBlock * batch.Rows * shape.Blocks);
        return new AnalysisWork
        {
            Rate = WorkRate.ModelPasses,
            Bytes = sizeof(float) * (double)shape.ParameterCount,
            SingleFlops = flops,
            PassFlops = flops,
            FixedSeconds = seconds,
            PassSeconds = seconds,
        };
    }

    /// <summary>
    /// How many forward passes a forward and backward pass take: forward, perhaps again block by block, and backward, which is two of them.
    /// </summary>
    public static int BackwardInForwards(ModelShape shape, BatchSpec batch) =>
        PassMemory.KeepsGraphs(shape, batch.Rows, Length(shape, batch)) ? 3 : 4;
}
