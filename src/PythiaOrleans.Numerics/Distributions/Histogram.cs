using System.Runtime.CompilerServices;
using PythiaOrleans.Numerics.Lanes;

namespace PythiaOrleans.Numerics.Distributions;

/// <summary>Exact counts over equal bins.</summary>
internal static class Histogram
{
    /// <summary>How many bins a histogram has that results hold.</summary>
    public const int Bins = 201;

    /// <summary>A histogram in standard deviations reaches so far either side of the mean.</summary>
    public const double Reach = 8;

    /// <summary>Counts the values in <paramref name="bins"/> equal bins over [low, high]; the last bin holds its right edge.</summary>
    /// <returns>The counts, and how many values lie below and above.</returns>
    [MethodImpl(Jit.FullyOptimized)]
    public static (long[] Counts, long Below, long Above) Count(ExactDistribution distribution, double low, double high, int bins)
    {
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
