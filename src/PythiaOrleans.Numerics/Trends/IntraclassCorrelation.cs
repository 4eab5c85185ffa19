namespace PythiaOrleans.Numerics.Trends;

/// <summary>Which share of the variance lies between groups and not within them: between sizes, not between seeds.</summary>
/// <remarks>
/// The one-way random-effects estimate, ICC(1) of Shrout and Fleiss (1979): (MSB − MSW) / (MSB + (k − 1) MSW), of groups of unequal sizes
/// with k = (N − Σ n² / N) / (groups − 1). 1: seeds do not matter; 0 or below: only they do.
/// </remarks>
internal static class IntraclassCorrelation
{
    /// <summary>The correlation; NaN of fewer than two groups, or where no group has two values.</summary>
    public static double Compute(IReadOnlyList<IReadOnlyList<double>> groups)
    {
        var total = groups.Sum(group => group.Count);
        if (groups.Count < 2 || total <= groups.Count)
        {
            return double.NaN;
        }

        var mean = groups.SelectMany(group => group).Average();
        var between = groups.Sum(group => group.Count * Square(group.Average() - mean)) / (groups.Count - 1);
        var within = groups.Sum(group => group.Sum(value => Square(value - group.Average()))) / (total - groups.Count);
        var size = (total - (groups.Sum(group => (double)group.Count * group.Count) / total)) / (groups.Count - 1);
        return (between - within) / (between + ((size - 1) * within));
    }

    private static double Square(double value) => value * value;
}
