using PythiaOrleans.Checkpoints.Families;
using PythiaOrleans.Core.Sweeps;

namespace PythiaOrleans.Analyses.Models;

/// <summary>What running a model on a batch asks of a machine.</summary>
internal static class PassWork
{
    /// <summary>How many tokens of a sequence the model takes: its context bounds the batch's length.</summary>
    public static int Length(ModelShape shape, BatchSpec batch) => Math.Min(batch.Length, shape.ContextLength);

    /// <summary>Tokens of the batch.</summary>
    public static double Tokens(ModelShape shape, BatchSpec batch) => (double)batch.Rows * Length(shape, batch);

    /// <summary>Bytes of all weights in float32.</summary>
    public static double Bytes(ModelShape shape) => sizeof(float) * (double)shape.ParameterCount;

    /// <summary>Operations of a forward pass.</summary>
    /// <remarks>
    /// Two for each weight and token, except for the embedding, which is only looked up; and queries by keys, probabilities by values.
    /// </remarks>
    public static double ForwardFlops(ModelShape shape, BatchSpec batch)
    {
        double lookup = (double)shape.VocabularyRows * shape.HiddenSize,
        attention = 2.0 * shape.Blocks * Length(shape, batch) * shape.HiddenSize;
        return 2 * Tokens(shape, batch) * (shape.ParameterCount - lookup + attention);
    }

    /// <summary>
    /// How many forward passes a forward and backward pass take: forward, perhaps again block by block, and backward, which is two of them.
    /// </summary>
    public static int BackwardInForwards(ModelShape shape, BatchSpec batch) =>
        PassMemory.KeepsGraphs(shape, batch.Rows, Length(shape, batch)) ? 3 : 4;
}
