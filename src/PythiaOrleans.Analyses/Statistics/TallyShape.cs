namespace PythiaOrleans.Analyses;

/// <summary>What activations and gradients have in common: moments, quantiles, fits and a histogram of tallied values.</summary>
/// <param name="Moments">Exact but for rounding in float64.</param>
/// <param name="Quantiles">At <see cref="Laws.Probabilities"/>.</param>
/// <param name="Fits">The four laws; none where more than half of the values are 0, which no law describes.</param>
/// <param name="Histogram">Over <see cref="WeightDistribution.Reach"/> standard deviations either side of the mean; empty where all values are equal.</param>
/// <param name="Below">Values below it.</param>
/// <param name="Above">Values above it.</param>
internal sealed record TallyShape(Moments Moments, double[] Quantiles, LawFits Fits, long[] Histogram, long Below, long Above)
{
    private const double MostZeros = 0.5;

    /// <summary>Looks at a tally.</summary>
    public static TallyShape Of(FloatTally tally)
    {
        var moments = tally.Moments();
        var distribution = tally.Distribution();
        var quantiles = Analyses.Quantiles.Of(distribution, Laws.Probabilities);
        var fits = moments.Zeros > MostZeros * moments.Count ? LawFits.None : LawFits.Of(distribution, moments, quantiles);
        var reach = WeightDistribution.Reach * moments.Deviation;
        var (histogram, below, above) = reach > 0
            ? Analyses.Histogram.Of(distribution, moments.Mean - reach, moments.Mean + reach, WeightDistribution.Bins)
            : ([], 0, 0);
        return new TallyShape(moments, quantiles, fits, histogram, below, above);
    }
}
