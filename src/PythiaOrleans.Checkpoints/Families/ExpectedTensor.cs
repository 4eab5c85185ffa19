namespace PythiaOrleans.Checkpoints.Families;

/// <summary>One parameter that a family expects.</summary>
/// <param name="TensorName">The name in the file.</param>
/// <param name="Weight">What it is.</param>
/// <param name="Shape">Its sizes, slowest first.</param>
/// <param name="IsTransposed">Whether a matrix is stored [in, out] and not [out, in].</param>
public sealed record ExpectedTensor(string TensorName, WeightName Weight, long[] Shape, bool IsTransposed = false)
{
    /// <summary>
    /// A second name of the same tensor, taken where the first one is absent; null where there is none. Of two names of a tied tensor a
    /// file may hold either.
    /// </summary>
    public string? AlternativeName { get; init; }

    /// <summary>How many numbers it holds.</summary>
    public long Count => Shape.Aggregate(1L, (product, size) => product * size);
}
