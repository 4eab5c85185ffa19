using PythiaOrleans.Analyses.Devices;
using PythiaOrleans.Analyses.Models;
using PythiaOrleans.Analyses.SvdDirections;
using PythiaOrleans.Checkpoints.Families;
using PythiaOrleans.Core.Descriptions;
using PythiaOrleans.Core.Sweeps;

namespace PythiaOrleans.Server.Planning;

/// <summary>What the analyses of one shard take of their device's memory at the most. They run one after the other: the largest decides.</summary>
public static class DeviceMemory
{
    // As the analyses themselves divide their work.
    private const int RowsOfGram = 2048;

    // A Gram matrix, its copy in the decomposition, and the decomposition's workspace.
    private const int GramCopies = 3;

    /// <summary>Bytes; 0 where no analysis uses the device.</summary>
    /// <param name="analyses">What is to be computed.</param>
    /// <param name="shape">The model's shape.</param>
    /// <param name="batch">The tokens on which the model runs.</param>
    /// <param name="device">Where.</param>
    public static long Estimate(IEnumerable<AnalysisDescription> analyses, ModelShape shape, BatchSpec batch, ComputeDevice device)
    {
        ArgumentNullException.ThrowIfNull(analyses);
        ArgumentNullException.ThrowIfNull(shape);
        ArgumentNullException.ThrowIfNull(batch);
        var length = Math.Min(batch.Length, shape.ContextLength);
        return analyses.Select(analysis => analysis.Name switch
        {
            "weight-spectrum" => Spectrum(shape, device),
            "svd-directions" => Directions(shape, device),
            "residual-stream" => PassMemory.Forward(shape, batch.Rows, length, PrecisionOf(analysis)),
            "weight-gradients" => PassMemory.Backward(shape, batch.Rows, length, PrecisionOf(analysis)),
            _ => 0,
        }).DefaultIfEmpty(0).Max();
    }

    private static Precision PrecisionOf(AnalysisDescription analysis) => Precisions.FromSpec(analysis.Parameters.GetValueOrDefault("precision"));

    // A processor's slots share its cores, one thread each on average; a GPU's slots do not.
    private static int Threads(ComputeDevice device) => device.IsCuda ? device.Threads : 1;

    // The largest matrices, one a thread, each with some rows in float64 and its Gram matrix.
    private static long Spectrum(ModelShape shape, ComputeDevice device) => ModelFamilies.For(shape).Expect(shape)
        .Where(tensor => tensor.Shape.Length == 2)
        .Select(tensor => (More: tensor.Shape.Max(), Fewer: tensor.Shape.Min()))
        .Select(size => (2 * sizeof(float) * size.More * size.Fewer) + (sizeof(double) * size.Fewer * ((GramCopies * size.Fewer) + RowsOfGram)))
        .OrderDescending().Take(Threads(device)).Sum();

    // One thread's block in float64, twice (transposed for a product), with Gram matrices; a piece of the unembedding, and all directions' logits in it; the unembedding as it is stored, in float32 at the most.
    private static long Directions(ModelShape shape, ComputeDevice device)
    {
        long d = shape.HiddenSize, inner = shape.IntermediateSize, directions = SvdDirectionsAnalysis.Directions * (2 + shape.Heads);
        var block = sizeof(double) * ((4 * d * inner) + (8 * d * d) + (2 * GramCopies * d * d));
        var piece = sizeof(float) * SvdDirectionsAnalysis.TokensAtATime(device) * (d + (2 * directions));
        return (Threads(device) * (block + piece)) + (sizeof(float) * shape.VocabularyRows * d);
    }
}
