using System.Runtime.CompilerServices;
using PythiaOrleans.Numerics.Distributions;
using PythiaOrleans.Numerics.Lanes;

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
    [MethodImpl(Jit.FullyOptimized)]
    public static PowerLawSample OfMagnitudes(ExactDistribution distribution)
    {
        var (values, counts) = (distribution.Values, distribution.Counts);
        var (magnitudes, times) = (new List<double>(values.Length), new List<long>(values.Length));
        // From the two ends of the ascending values inward.
        for (int low = 0, high = values.Length - 1; low <= high && (values[low] < 0 || values[high] > 0);)
        {
            var (left, right) = (-values[low], values[high]);
            var magnitude = Math.Max(left, right);
            long count = 0;
            if (right == magnitude)
            {
                count += counts[high--];
            }

            if (left == magnitude && left > 0)
            {
                count += counts[low++];
            }

            magnitudes.Add(magnitude);
            times.Add(count);
        }

        return new PowerLawSample([.. magnitudes], [.. times]);
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
