using PythiaOrleans.Numerics.Distributions;

namespace PythiaOrleans.Numerics.PowerLaws;

/// <summary>Positive values with their counts, largest first: what power laws are fitted to.</summary>
internal sealed class PowerLawSample
{
    private PowerLawSample(double[] values, long[] counts)
    {
        Values = values;
        Counts = counts;
        Logs = Array.ConvertAll(values, Math.Log);
        Total = counts.Sum();
    }

    /// <summary>The distinct values, descending.</summary>
    public double[] Values { get; }

    /// <summary>How often each value occurs.</summary>
    public long[] Counts { get; }

    /// <summary>The natural logarithms of the values.</summary>
    public double[] Logs { get; }

    /// <summary>How many values there are in all.</summary>
    public long Total { get; }

    /// <summary>The positive ones of plain values.</summary>
    /// <param name="descending">Largest first.</param>
    public static PowerLawSample OfDescending(ReadOnlySpan<double> descending)
    {
        var (values, counts) = (new List<double>(descending.Length), new List<long>(descending.Length));
        foreach (var value in descending)
        {
            if (values.Count > 0 && values[^1] == value)
            {
                counts[^1]++;
            }
            else if (value > 0)
            {
                values.Add(value);
                counts.Add(1);
            }
        }

        return new PowerLawSample([.. values], [.. counts]);
    }

    /// <summary>The absolute values of a distribution, zeros left out.</summary>
    public static PowerLawSample OfMagnitudes(ExactDistribution distribution)
    {
        var sizes = distribution.Magnitudes();
        var zeros = sizes.Values is [0, ..] ? 1 : 0;
        var (values, counts) = (sizes.Values[zeros..], sizes.Counts[zeros..]);
        Array.Reverse(values);
        Array.Reverse(counts);
        return new PowerLawSample(values, counts);
    }

    /// <summary>Every value as often as it occurs, largest first; of more than <paramref name="most"/> a random part.</summary>
    /// <remarks>Drawn without replacement in one pass (Knuth 1981, algorithm S): each value is kept with the same probability.</remarks>
    /// <param name="most">How many values there may be.</param>
    /// <param name="seed">The same seed gives the same part.</param>
    public double[] Thin(int most, int seed)
    {
        var (kept, wanted, left) = (new double[Math.Min(most, Total)], Math.Min(most, Total), Total);
        var random = new Random(seed);
        var at = 0;
        for (var i = 0; i < Values.Length; i++)
        {
            for (long time = 0; time < Counts[i] && wanted > 0; time++, left--)
            {
                if (wanted == left || random.NextDouble() * left < wanted)
                {
                    kept[at++] = Values[i];
                    wanted--;
                }
            }
        }

        return kept;
    }
}
