using PythiaOrleans.Analyses.Counting;
using PythiaOrleans.Numerics.Distributions;
using PythiaOrleans.Testing;

namespace PythiaOrleans.Analyses.Tests;

public sealed class ExactDistributionTests
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

    [Fact]
    public void Merge_IsTheDistributionOfAllTogether()
    {
        var parts = new[] { Sample.Halves(11, 5000), Sample.Halves(12, 20_000), Sample.Halves(13, 3) };
        var merged = ExactDistribution.Merge([.. parts.Select(part => PatternCounter.CountHalves(part))]);
        var whole = PatternCounter.CountHalves([.. parts.SelectMany(part => part)]);
        Assert.Equal(whole.Values, merged.Values);
        Assert.Equal(whole.Counts, merged.Counts);
        Assert.Equal(whole.NonFinite, merged.NonFinite);
    }

    [Fact]
    public void Moments_AreThoseOfPlainSums()
    {
        var values = Sample.Gaussian(21, 100_000).Select(value => (Half)(0.02 * value)).ToArray();
        var moments = Moments.Compute(PatternCounter.CountHalves([.. values.Select(BitConverter.HalfToUInt16Bits)]));

        var wide = values.Select(value => (decimal)(double)value).ToArray();
        var mean = wide.Sum() / wide.Length;
        var variance = wide.Sum(value => (value - mean) * (value - mean)) / wide.Length;
        Assert.Equal((double)mean, moments.Mean, 1e-18);
        Assert.Equal((double)variance, moments.Variance, 1e-12 * (double)variance);
        Assert.Equal((double)wide.Sum(value => value * value), moments.SumOfSquares, 1e-12 * moments.SumOfSquares);
        Assert.Equal((double)wide.Min(), moments.Min);
        Assert.Equal((double)wide.Max(), moments.Max);
        Assert.InRange(moments.ExcessKurtosis, -0.06, 0.06); // 4 standard errors of a Gaussian's
        Assert.InRange(moments.Skewness, -0.04, 0.04);
        Assert.Equal(values.Count(value => value == (Half)0), moments.Zeros);
    }

    [Fact]
    public void Moments_OfEqualValues_HaveNoSpread()
    {
        var moments = Moments.Compute(PatternCounter.CountHalves([.. Enumerable.Repeat(BitConverter.HalfToUInt16Bits((Half)0.1), 1001)]));
        Assert.Equal((double)(Half)0.1, moments.Mean);
        Assert.Equal(0, moments.Variance);
        Assert.Equal(double.NaN, moments.Skewness);
        Assert.Equal(double.NaN, moments.ExcessKurtosis);
    }

    [Fact]
    public void Moments_OfNothing_AreNaN()
    {
        var moments = Moments.Compute(PatternCounter.CountHalves([0x7e00, 0x7c00, 0xfc00]));
        Assert.Equal(0, moments.Count);
        Assert.Equal(double.NaN, moments.Mean);
        Assert.Equal(0, moments.SumOfSquares);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(513)]
    [InlineData(10_000)]
    public void Quantiles_AreThoseOfASort(int count)
    {
        var values = Sample.Gaussian(31, count).Select(value => (Half)value).Order().ToArray();
        var quantiles = Quantiles.Compute(PatternCounter.CountHalves([.. values.Select(BitConverter.HalfToUInt16Bits)]),
            DistributionGeometry.Grid.Probabilities);
        for (var i = 0; i < quantiles.Length; i++)
        {
            var position = (count - 1) * DistributionGeometry.Grid.Probabilities[i];
            var (below, above) = ((double)values[(int)position], (double)values[Math.Min((int)position + 1, count - 1)]);
            Assert.Equal(below + ((position - (int)position) * (above - below)), quantiles[i], 1e-15);
        }
    }

    [Fact]
    public void Histogram_CountsEveryValueOnce()
    {
        var values = Sample.Gaussian(41, 50_000).Select(value => (double)(Half)value).ToArray();
        var distribution = ExactDistribution.OfValues(values);
        var (counts, below, above) = Histogram.Count(distribution, -2, 2, 201);
        Assert.Equal(values.Count(value => value < -2), below);
        Assert.Equal(values.Count(value => value > 2), above);
        Assert.Equal(values.Length, counts.Sum() + below + above);
        Assert.Equal(values.Count(value => value >= -2 && value < -2 + (4.0 / 201)), counts[0]);
        Assert.Equal(values.Count(value => value >= 2 - (4.0 / 201) && value <= 2), counts[200]);
    }
}
