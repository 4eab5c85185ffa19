using MathNet.Numerics.Distributions;

namespace PythiaOrleans.Numerics.Trends;

/// <summary>The exact interval of a share of which so many of so many were seen (Clopper and Pearson 1934).</summary>
internal static class BinomialInterval
{
    /// <summary>Every share under which what was seen, or less (or more), has at least (1 − level) / 2 of a chance.</summary>
    /// <param name="seen">How many agreed.</param>
    /// <param name="of">Of how many.</param>
    /// <param name="level">0.95.</param>
    public static (double Low, double High) Compute(int seen, int of, double level = 0.95)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(of, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(seen);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(seen, of);
        var outside = (1 - level) / 2;
        return (
            seen == 0 ? 0 : Beta.InvCDF(seen, of - seen + 1, outside),
            seen == of ? 1 : Beta.InvCDF(seen + 1, of - seen, 1 - outside));
    }
}
