using PythiaOrleans.Numerics.Distributions;

namespace PythiaOrleans.Analyses.Counting;

/// <summary>What activations and gradients have in common: moments, quantiles, fits and a histogram of streamed values.</summary>
/// <param name="Moments">Exact but for rounding in float64.</param>
/// <param name="Quantiles">At the probabilities of <see cref="DistributionGeometry.Quantiles"/>.</param>
/// <param name="Fits">The fitted distributions with a name, without distances; none where more than half of the values are 0, which none of
/// them describes.</param>
/// <param name="Histogram">Over <see cref="DistributionGeometry.Histogram"/>; empty where all values are equal.</param>
/// <param name="Below">Values below it.</param>
/// <param name="Above">Values above it.</param>
internal sealed record DistributionSummary(Moments Moments, double[] Quantiles, DistributionFits Fits, long[] Histogram, long Below,
    long Above)
{
    private const double MaxZeros = 0.5;

    /// <summary>Summarises what was streamed.</summary>
    public static DistributionSummary Compute(StreamingMoments values)
    {
        var moments = values.Moments();
        var distribution = values.Distribution();
        var grid = DistributionGeometry.Grid;
        var quantiles = Numerics.Distributions.Quantiles.Compute(distribution, grid.Probabilities);
        var fits = moments.Zeros > MaxZeros * moments.Count
            ? DistributionFits.None
            : DistributionFits.FitNamed(distribution, moments, grid);
        var (histogram, below, above) = DistributionGeometry.Count(distribution, moments);
        return new DistributionSummary(moments, quantiles, fits, histogram, below, above);
    }
}
