namespace PythiaOrleans.Analyses;

/// <summary>Every distinct finite value of a set of numbers with its count: the exact distribution, whatever is asked of it later.</summary>
/// <remarks>
/// Half-precision weights have at most 65,536 bit patterns, so that one counting pass holds all that a sort would tell; see <see cref="PatternCounter"/>.
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
        if (parts.Count == 1)
        {
            return parts[0];
        }

        var values = new double[parts.Sum(part => part.Values.Length)];
        var counts = new long[values.Length];
        var at = 0;
        foreach (var part in parts)
        {
            part.Values.CopyTo(values, at);
            part.Counts.CopyTo(counts, at);
            at += part.Values.Length;
        }

        Array.Sort(values, counts);
        return Compact(values, counts, parts.Sum(part => part.NonFinite));
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
