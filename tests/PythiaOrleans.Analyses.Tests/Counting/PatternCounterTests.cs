using PythiaOrleans.Analyses.Counting;
using PythiaOrleans.Testing;

namespace PythiaOrleans.Analyses.Tests;

public sealed class PatternCounterTests
{
    /// <summary>
    /// Small tensors are sorted, large ones counted: both against a plain dictionary, over all bit patterns, NaN, infinities and both zeros
    /// included.
    /// </summary>
    [Theory]
    [InlineData(1, 0)]
    [InlineData(2, 1)]
    [InlineData(3, 1000)]
    [InlineData(4, 8191)]
    [InlineData(5, 8192)]
    [InlineData(6, 200_003)]
    public void Halves_Counted_AreThoseOfAPlainCount(int seed, int count)
    {
        var patterns = Sample.Halves(seed, count);
        var plain = new SortedDictionary<double, long>();
        long nonFinite = 0;
        foreach (var value in patterns.Select(pattern => (double)BitConverter.UInt16BitsToHalf(pattern)))
        {
            if (!double.IsFinite(value))
            {
                nonFinite++;
                continue;
            }

            var key = value == 0 ? 0 : value;
            plain[key] = plain.GetValueOrDefault(key) + 1;
        }

        var counted = PatternCounter.CountHalves(patterns);
        Assert.Equal(plain.Keys, counted.Values);
        Assert.Equal(plain.Values, counted.Counts);
        Assert.Equal(nonFinite, counted.NonFinite);
        Assert.Equal(count - nonFinite, counted.Count);
    }
}
