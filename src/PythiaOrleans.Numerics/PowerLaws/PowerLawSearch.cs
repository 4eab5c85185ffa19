namespace PythiaOrleans.Numerics.PowerLaws;

/// <summary>Where the search for the start of a power-law tail, xmin, looks.</summary>
/// <param name="MinTailCount">A tail of fewer values is not tried.</param>
/// <param name="MaxTailShare">A tail never begins below the largest this share of the values; 1 tries all of them.</param>
/// <param name="Candidates">How many candidates are tried, evenly spaced in the logarithm of the rank; null tries every distinct
/// value.</param>
internal sealed record PowerLawSearch(int MinTailCount, double MaxTailShare, int? Candidates)
{
    /// <summary>Every distinct value, as Clauset, Shalizi and Newman do: for a few thousand values.</summary>
    public static PowerLawSearch Exhaustive { get; } = new(10, 1, null);

    /// <summary>200 candidates over the whole sample: for 10⁵ values, where every value would take hours.</summary>
    public static PowerLawSearch WholeSample { get; } = new(10, 1, 200);

    /// <summary>40 candidates from the 50th largest value to the median: what <c>weight-distribution</c> version 2 stores.</summary>
    public static PowerLawSearch UpperHalf { get; } = new(50, 0.5, 40);

    /// <summary>The smallest tail that candidate <paramref name="index"/> stands for.</summary>
    /// <param name="index">From 0.</param>
    /// <param name="total">Values in the sample.</param>
    public double TailCount(int index, long total) =>
        MinTailCount * Math.Pow(total / (MinTailCount / MaxTailShare), index / (Candidates!.Value - 1.0));
}
