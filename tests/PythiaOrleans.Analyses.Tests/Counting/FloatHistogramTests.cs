using PythiaOrleans.Analyses.Counting;
using PythiaOrleans.Testing;

namespace PythiaOrleans.Analyses.Tests;

public sealed class FloatHistogramTests
{
    /// <summary>32-bit counters are moved to 64-bit ones in time: counts beyond 4 billion add up.</summary>
    [Fact]
    public void Counters_ThatWouldOverflow_AreMovedInTime()
    {
        var values = Array.ConvertAll(Sample.Gaussian(1, 10_000), value => (float)value);
        using var whole = new FloatHistogram();
        using var small = new FloatHistogram(capacity: 700);
        using var other = new FloatHistogram(capacity: 300);
        whole.Add(values);
        foreach (var chunk in values.AsSpan(0, 6000).ToArray().Chunk(250))
        {
            small.Add(chunk);
        }

        foreach (var value in values[6000..])
        {
            other.Add(value);
        }

        small.Add(other);
        var (expected, found) = (whole.Distribution(-10, 10, 0), small.Distribution(-10, 10, 0));
        Assert.Equal(expected.Values, found.Values);
        Assert.Equal(expected.Counts, found.Counts);
        Assert.Equal(10_000, found.Count);
    }
}
