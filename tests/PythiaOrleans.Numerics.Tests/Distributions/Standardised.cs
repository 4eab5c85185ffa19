using PythiaOrleans.Numerics.Distributions;

namespace PythiaOrleans.Numerics.Tests;

/// <summary>Values moved and stretched to mean 0 and deviation 1, and back to plain values.</summary>
internal static class Standardised
{
    /// <summary>The probabilities at which the product compares quantiles.</summary>
    public static readonly QuantileGrid Grid = new([.. Enumerable.Range(1, 513).Select(i => (i - 0.5) / 513)]);

    public static (double Mean, double Deviation, WeightedSample Sample) Of(double[] values)
    {
        var distribution = ExactDistribution.OfValues(values);
        var moments = Moments.Compute(distribution);
        return (moments.Mean, moments.Deviation, WeightedSample.Standardise(distribution, moments.Mean, moments.Deviation));
    }

    /// <summary>Each value as often as it occurs.</summary>
    public static double[] Repeat(WeightedSample sample) =>
        [.. sample.Values.ToArray().Zip(sample.Counts.ToArray(), (x, n) => Enumerable.Repeat(x, (int)n)).SelectMany(x => x)];
}
