namespace PythiaOrleans.Analyses.Counting;

/// <summary>
/// What fitting distributions takes: fits go through distinct values, which grow more slowly than values and then no more.
/// </summary>
internal static class FitCost
{
    // Measured on one core (bench/): a fit to one value, its growth, and the most that a fit takes.
    private const double SmallestSeconds = 0.13e-3;
    private const double Exponent = 0.31;
    private const double LargestSeconds = 6e-3;

    /// <summary>Core-seconds of all fits to a matrix of so many values and to its share of the pool over blocks.</summary>
    public static double Seconds(double values) => Math.Min(LargestSeconds, SmallestSeconds * Math.Pow(values, Exponent));

    /// <summary>Core-seconds of all fits to matrices of these sizes.</summary>
    public static double Seconds(IEnumerable<long[]> matrices) => matrices.Sum(size => Seconds((double)size[0] * size[1]));
}
