using PythiaOrleans.Core.Descriptions;
using PythiaOrleans.Numerics.Distributions;

namespace PythiaOrleans.Analyses.Counting;

/// <summary>
/// The geometry of histograms and quantiles, shared by the analyses of weights, activations and gradients so that their plots compare.
/// </summary>
internal static class DistributionGeometry
{
    /// <summary>Bins in standard deviations from the mean.</summary>
    public static PlotGeometry Histogram { get; } = new(-8, 8, 201);

    /// <summary>Probabilities of quantiles: the middles of equal cells of [0, 1].</summary>
    public static PlotGeometry Quantiles { get; } = new(0, 1, 513);

    /// <summary>The same probabilities, with the quantiles of the standard distributions.</summary>
    public static QuantileGrid Grid { get; } = new(Quantiles.Middles());

    /// <summary>Counts values over <see cref="Histogram"/>; no counts where all values are equal.</summary>
    public static (long[] Counts, long Below, long Above) Count(ExactDistribution distribution, Moments moments) => moments.Deviation > 0
        ? Numerics.Distributions.Histogram.Count(
            distribution,
            moments.Mean + (Histogram.From * moments.Deviation),
            moments.Mean + (Histogram.To * moments.Deviation),
            Histogram.Count)
        : ([], 0, 0);
}
