using System.Runtime.CompilerServices;
using PythiaOrleans.Numerics.Lanes;

namespace PythiaOrleans.Numerics.Distributions;

/// <summary>Exact quantiles of an exact distribution.</summary>
public static class Quantiles
{
    /// <summary>
    /// Quantiles at ascending probabilities, linearly interpolated at (n − 1) p as NumPy does by default (Hyndman and Fan's type 7).
    /// </summary>
    [MethodImpl(Jit.FullyOptimized)]
    public static double[] Compute(ExactDistribution distribution, ReadOnlySpan<double> probabilities)
    {
        ArgumentNullException.ThrowIfNull(distribution);
        var quantiles = new double[probabilities.Length];
        if (distribution.Count == 0)
        {
            Array.Fill(quantiles, double.NaN);
            return quantiles;
        }

        var (values, counts) = (distribution.Values, distribution.Counts);
        var at = 0;
        var through = counts[0]; // how many values there are up to values[at]
        for (var i = 0; i < quantiles.Length; i++)
        {
            var position = (distribution.Count - 1) * probabilities[i];
            var rank = (long)position;
            while (through <= rank)
            {
                through += counts[++at];
            }

            var lower = values[at];
            var upper = through > rank + 1 || at + 1 == values.Length ? lower : values[at + 1];
            quantiles[i] = lower + ((position - rank) * (upper - lower));
        }

        return quantiles;
    }

    /// <summary>The median: the mean of the middle two of an even number, NaN of no values.</summary>
    public static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return sorted.Length == 0 ? double.NaN : (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }

    /// <summary>
    /// The squared correlation of two sets of quantiles: 1 where one distribution is the other, moved and stretched; NaN where all values
    /// of one are equal.
    /// </summary>
    public static double RSquared(ReadOnlySpan<double> sample, ReadOnlySpan<double> theory)
    {
        if (!IsVaried(sample) || !IsVaried(theory))
        {
            return double.NaN;
        }

        double meanX = 0, meanY = 0;
        for (var i = 0; i < sample.Length; i++)
        {
            meanX += sample[i] / sample.Length;
            meanY += theory[i] / sample.Length;
        }

        double xx = 0, yy = 0, xy = 0;
        for (var i = 0; i < sample.Length; i++)
        {
            var (x, y) = (sample[i] - meanX, theory[i] - meanY);
            xx += x * x;
            yy += y * y;
            xy += x * y;
        }

        return xy * xy / (xx * yy);

        // Of equal values the sums need not be 0: their mean is rounded.
        static bool IsVaried(ReadOnlySpan<double> values) => !values.IsEmpty && values.ContainsAnyExcept(values[0]);
    }
}
