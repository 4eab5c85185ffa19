namespace PythiaOrleans.Numerics.Sequences;

/// <summary>How well two divisions of the same things into groups agree (Hubert and Arabie 1985): 1 the same, 0 as by chance.</summary>
internal static class AdjustedRand
{
    /// <summary>The index; 1 where both divisions have one group only.</summary>
    public static double Compute(IReadOnlyList<int> one, IReadOnlyList<int> other)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(one.Count, other.Count);
        double both = one.Zip(other).GroupBy(pair => pair).Sum(group => Pairs(group.Count()));
        double first = one.GroupBy(label => label).Sum(group => Pairs(group.Count()));
        double second = other.GroupBy(label => label).Sum(group => Pairs(group.Count()));
        var expected = first * second / Pairs(one.Count);
        var most = (first + second) / 2;
        return most - expected == 0 ? 1 : (both - expected) / (most - expected);
    }

    private static double Pairs(int count) => count * (count - 1.0) / 2;
}
