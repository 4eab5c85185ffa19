using System.Runtime.CompilerServices;
using PythiaOrleans.Numerics.Lanes;

namespace PythiaOrleans.Numerics.Distributions;

/// <summary>
/// Every distinct finite value of a set of numbers with its count: the exact distribution, whatever is asked of it later.
/// </summary>
/// <remarks>
/// Half-precision weights have at most 65,536 bit patterns, so that one counting pass holds all that a sort would tell; see
/// <c>PatternCounter</c> of the analyses.
/// </remarks>
public sealed class ExactDistribution
{
    /// <summary>Puts values and counts together.</summary>
    /// <param name="values">Distinct, finite, ascending.</param>
    /// <param name="counts">How often each occurs, at least once.</param>
    /// <param name="nonFinite">How many NaN and infinities were left out.</param>
    internal ExactDistribution(double[] values, long[] counts, long nonFinite)
    {
        Values = values;
        Counts = counts;
        NonFinite = nonFinite;
        Count = counts.Sum();
    }

    /// <summary>The distinct finite values, ascending; both zeros are one value.</summary>
    public double[] Values { get; }

    /// <summary>How often each value occurs.</summary>
    public long[] Counts { get; }

    /// <summary>How many finite values there are in all.</summary>
    public long Count { get; }

    /// <summary>NaN and infinities, in none of the other numbers.</summary>
    public long NonFinite { get; }

    /// <summary>The distribution of all values of several sets together.</summary>
    public static ExactDistribution Merge(IReadOnlyList<ExactDistribution> parts)
    {
        ArgumentNullException.ThrowIfNull(parts);
        // By halves, each value is looked at log₂(parts) times; a sort of all would look log₂(values) times.
        return parts.Count == 1
            ? parts[0]
            : Merge(Merge([.. parts.Take(parts.Count / 2)]), Merge([.. parts.Skip(parts.Count / 2)]));
    }

    /// <summary>The distribution of the absolute values.</summary>
    public ExactDistribution Magnitudes()
    {
        var negative = Array.FindIndex(Values, value => value >= 0);
        negative = negative < 0 ? Values.Length : negative;
        var (mirrored, counts) = (Array.ConvertAll(Values[..negative], value => -value), Counts[..negative]);
        Array.Reverse(mirrored);
        Array.Reverse(counts);
        return Merge(new ExactDistribution(mirrored, counts, 0), new ExactDistribution(Values[negative..], Counts[negative..], NonFinite));
    }

    /// <summary>The distribution of plain values.</summary>
    internal static ExactDistribution OfValues(ReadOnlySpan<double> values)
    {
        var finite = new double[values.Length];
        var count = 0;
        foreach (var value in values)
        {
            if (double.IsFinite(value))
            {
                finite[count++] = value == 0 ? 0 : value; // -0 becomes 0
            }
        }

        Array.Resize(ref finite, count);
        Array.Sort(finite);
        var ones = new long[count];
        Array.Fill(ones, 1);
        return Compact(finite, ones, values.Length - count);
    }

    [MethodImpl(Jit.FullyOptimized)]
    private static ExactDistribution Merge(ExactDistribution first, ExactDistribution second)
    {
        var values = new double[first.Values.Length + second.Values.Length];
        var counts = new long[values.Length];
        int a = 0, b = 0, at = 0;
        for (; a < first.Values.Length || b < second.Values.Length; at++)
        {
            var left = a < first.Values.Length ? first.Values[a] : double.PositiveInfinity;
            var right = b < second.Values.Length ? second.Values[b] : double.PositiveInfinity;
            values[at] = Math.Min(left, right);
            counts[at] = (left <= right ? first.Counts[a++] : 0) + (right <= left ? second.Counts[b++] : 0);
        }

        return new ExactDistribution(values[..at], counts[..at], first.NonFinite + second.NonFinite);
    }

    /// <summary>Ascending values with counts; equal neighbours are joined.</summary>
    internal static ExactDistribution Ascending(double[] values, long[] counts, long nonFinite) => Compact(values, counts, nonFinite);

    // Joins equal neighbours.
    private static ExactDistribution Compact(double[] values, long[] counts, long nonFinite)
    {
        var distinct = 0;
        for (var i = 0; i < values.Length; i++)
        {
            if (distinct > 0 && values[distinct - 1] == values[i])
            {
                counts[distinct - 1] += counts[i];
            }
            else
            {
                values[distinct] = values[i];
                counts[distinct++] = counts[i];
            }
        }

        return new ExactDistribution(values[..distinct], counts[..distinct], nonFinite);
    }
}
