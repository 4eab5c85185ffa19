using System.Runtime.CompilerServices;
using PythiaOrleans.Numerics.Lanes;

namespace PythiaOrleans.Numerics.Distributions;

/// <summary>Exact counts over equal bins.</summary>
public static class Histogram
{
    /// <summary>Counts the values in <paramref name="bins"/> equal bins over [low, high]; the last bin holds its right edge.</summary>
    /// <param name="distribution">The values.</param>
    /// <param name="low">The left edge of the first bin.</param>
    /// <param name="high">The right edge of the last bin; above <paramref name="low"/>.</param>
    /// <param name="bins">How many, at least 1.</param>
    /// <returns>The counts, and how many values lie below and above.</returns>
    [MethodImpl(Jit.FullyOptimized)]
    public static (long[] Counts, long Below, long Above) Count(ExactDistribution distribution, double low, double high, int bins)
    {
        ArgumentNullException.ThrowIfNull(distribution);
        var counts = new long[bins];
        long below = 0, above = 0;
        var scale = bins / (high - low);
        for (var i = 0; i < distribution.Values.Length; i++)
        {
            var value = distribution.Values[i];
            if (value < low)
            {
                below += distribution.Counts[i];
            }
            else if (value > high)
            {
                above += distribution.Counts[i];
            }
            else
            {
                counts[Math.Clamp((int)((value - low) * scale), 0, bins - 1)] += distribution.Counts[i];
            }
        }

        return (counts, below, above);
    }
}
