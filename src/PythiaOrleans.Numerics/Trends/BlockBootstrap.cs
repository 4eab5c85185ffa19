namespace PythiaOrleans.Numerics.Trends;

/// <summary>
/// Intervals of a statistic of a short series whose neighbouring values depend on each other: whole blocks of neighbours are drawn again,
/// not single values.
/// </summary>
/// <remarks>
/// The circular block bootstrap of Politis and Romano (1992): blocks of ⌈n^(1/3)⌉ neighbours, the last value followed by the first, each
/// place a start with equal chance. The interval is that of the percentiles.
/// </remarks>
internal static class BlockBootstrap
{
    /// <summary>The interval; NaN where fewer than half of the draws have a value.</summary>
    /// <param name="count">Values of the series, n.</param>
    /// <param name="statistic">The statistic of the values at these places; may be NaN.</param>
    /// <param name="level">The part of the draws that the interval holds, 0.95.</param>
    /// <param name="draws">How many draws.</param>
    /// <param name="seed">Chooses them.</param>
    public static (double Low, double High) Interval(int count, Func<int[], double> statistic, double level, int draws, int seed)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        var random = new Random(seed);
        var block = (int)Math.Ceiling(Math.Cbrt(count));
        var found = new List<double>(draws);
        var places = new int[count];
        for (var draw = 0; draw < draws; draw++)
        {
            for (var i = 0; i < count; i++)
            {
                places[i] = i % block == 0 ? random.Next(count) : (places[i - 1] + 1) % count;
            }

            if (statistic(places) is var value && !double.IsNaN(value))
            {
                found.Add(value);
            }
        }

        if (2 * found.Count < draws)
        {
            return (double.NaN, double.NaN);
        }

        found.Sort();
        var outside = (1 - level) / 2;
        return (found[(int)(outside * (found.Count - 1))], found[(int)Math.Ceiling((1 - outside) * (found.Count - 1))]);
    }
}
