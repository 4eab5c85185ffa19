using PythiaOrleans.Analyses.WeightDistribution;
using PythiaOrleans.Numerics.Distributions;

namespace PythiaOrleans.Analyses.Counting;

/// <summary>What activations and gradients have in common: moments, quantiles, fits and a histogram of tallied values.</summary>
/// <param name="Moments">Exact but for rounding in float64.</param>
/// <param name="Quantiles">At <see cref="Laws.Probabilities"/>.</param>
/// <param name="Fits">The four laws; none where more than half of the values are 0, which no law describes.</param>
/// <param name="Histogram">Over <see cref="Numerics.Distributions.Histogram.Reach"/> standard deviations either side of the mean; empty where all values are equal.</param>
/// <param name="Below">Values below it.</param>
/// <param name="Above">Values above it.</param>
internal sealed record DistributionSummary(Moments Moments, double[] Quantiles, LawFits Fits, long[] Histogram, long Below, long Above)
{
    private const double MaxZeros = 0.5;

    /// <summary>Looks at a tally.</summary>
    public static DistributionSummary Compute(StreamingMoments tally)
    {
        var moments = tally.Moments();
        var distribution = tally.Distribution();
        var quantiles = Numerics.Distributions.Quantiles.Compute(distribution, Laws.Probabilities);
        var fits = moments.Zeros > MaxZeros * moments.Count ? LawFits.None : LawFits.Fit(distribution, moments, quantiles);
        var reach = Numerics.Distributions.Histogram.Reach * moments.Deviation;
        var (histogram, below, above) = reach > 0
            ? Numerics.Distributions.Histogram.Count(distribution, moments.Mean - reach, moments.Mean + reach, Numerics.Distributions.Histogram.Bins)
            : ([], 0, 0);
        return new DistributionSummary(moments, quantiles, fits, histogram, below, above);
    }
}
