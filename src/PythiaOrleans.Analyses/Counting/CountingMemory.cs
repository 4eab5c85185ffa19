using PythiaOrleans.Checkpoints.Families;
using PythiaOrleans.Checkpoints.Formats;
using PythiaOrleans.Checkpoints.Loading;

namespace PythiaOrleans.Analyses.Counting;

/// <summary>What exact counts take of the host's memory.</summary>
/// <remarks>
/// Half-precision numbers have 65,536 patterns, so that their counts are small whatever the model. float32 values off the half-precision
/// grid are nearly all distinct: each is kept as a float64 value and a 64-bit count until the task ends, and is copied while it is sorted.
/// </remarks>
public static class CountingMemory
{
    // A value and its count; and both once more, sorted and trimmed, and the converted copy, while a tensor is counted.
    private const long KeptPerValue = sizeof(double) + sizeof(long);
    private const long PeakPerValue = (2 * KeptPerValue) + sizeof(double);

    private const int ProbedValues = 4096;

    /// <summary>Whether a checkpoint's values are off the half-precision grid, from the first values of each tensor.</summary>
    /// <remarks>A model that was trained in float32 is off it everywhere; nothing is read but a few pages.</remarks>
    public static bool IsOffHalfGrid(Checkpoint checkpoint)
    {
        ArgumentNullException.ThrowIfNull(checkpoint);
        return checkpoint.Parameters.Any(parameter => IsOffHalfGrid(parameter.Tensor));
    }

    /// <summary>Bytes that the distributions of all parameters take at most, for an analysis that asks for each of them.</summary>
    /// <param name="shape">The model's.</param>
    /// <param name="offHalfGrid">Whether its values are off the half-precision grid; else the counts are too small to matter.</param>
    internal static long Kept(ModelShape shape, bool offHalfGrid) => offHalfGrid
        ? (KeptPerValue * shape.ParameterCount) + ((PeakPerValue - KeptPerValue) * ParameterSizes.All(shape).Max(Count))
        : 0;

    /// <summary>Bytes that the distribution of the largest component, pooled over its blocks, takes beside <see cref="Kept"/>.</summary>
    /// <inheritdoc cref="Kept"/>
    internal static long Pooled(ModelShape shape, bool offHalfGrid) => offHalfGrid
        ? 2 * KeptPerValue * shape.Blocks * ParameterSizes.Matrices(shape).Max(Count) // the merged counts, and their trimmed copy
        : 0;

    private static bool IsOffHalfGrid(StoredTensor tensor)
    {
        if (tensor.DType != DType.F32)
        {
            return tensor.DType == DType.F64; // counted as it is
        }

        var values = new float[Math.Min(tensor.Count, ProbedValues)];
        tensor.Read<float>(0, values);
        return !PatternCounter.IsOnHalfGrid(values);
    }

    private static long Count(long[] size) => size.Aggregate(1L, (product, length) => product * length);
}
