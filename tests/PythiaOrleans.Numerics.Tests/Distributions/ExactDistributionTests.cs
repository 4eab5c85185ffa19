using MathNet.Numerics;
using MathNet.Numerics.Distributions;
using PythiaOrleans.Numerics.Distributions;
using PythiaOrleans.Testing;
using Histogram = PythiaOrleans.Numerics.Distributions.Histogram;

namespace PythiaOrleans.Numerics.Tests;

public sealed class ExactDistributionTests
{
    private static readonly double[] Probabilities = [.. Enumerable.Range(1, 513).Select(i => (i - 0.5) / 513)];

    [Fact]
    public void Merge_IsTheDistributionOfAllTogether()
    {
        var parts = new[] { Halves(11, 5000), Halves(12, 20_000), Halves(13, 3) };
        var merged = ExactDistribution.Merge([.. parts.Select(part => ExactDistribution.OfValues(part))]);
        var whole = ExactDistribution.OfValues([.. parts.SelectMany(part => part)]);
        Assert.Equal(whole.Values, merged.Values);
        Assert.Equal(whole.Counts, merged.Counts);
        Assert.Equal(whole.NonFinite, merged.NonFinite);
    }

    [Fact]
    public void Values_AreCountedOnce()
    {
        var distribution = ExactDistribution.OfValues([3, -1, 0, double.NaN, -0.0, 3, double.NegativeInfinity, 2]);
        Assert.Equal([-1, 0, 2, 3], distribution.Values);
        Assert.Equal([1, 2, 1, 2], distribution.Counts);
        Assert.Equal((6, 2), (distribution.Count, distribution.NonFinite));
        Assert.False(double.IsNegative(distribution.Values[1]));
        Assert.False(double.IsNegative(ExactDistribution.OfValues([-0.0]).Values[0]));

        var merged = ExactDistribution.Merge([distribution, ExactDistribution.OfValues([-2, 0, 3, 4, double.NaN])]);
        Assert.Equal([-2, -1, 0, 2, 3, 4], merged.Values);
        Assert.Equal([1, 1, 3, 1, 3, 1], merged.Counts);
        Assert.Equal((10, 3), (merged.Count, merged.NonFinite));
        Assert.Same(merged, ExactDistribution.Merge([merged]));
    }

    /// <summary>By hand, of 0, 0, 1 and 5: the mean is 1.5.</summary>
    [Fact]
    public void Moments_OfFourNumbers_AreThoseByHand()
    {
        var moments = Moments.Compute(ExactDistribution.OfValues([5, 0, 1, 0]));
        Assert.Equal((4, 0, 5, 1.5, 26, 2), (moments.Count, moments.Min, moments.Max, moments.Mean, moments.SumOfSquares, moments.Zeros));
        Assert.Equal((2 * 2.25 + 0.25 + 12.25) / 4, moments.Variance, 1e-15);
        Assert.Equal(((2 * -3.375) - 0.125 + 42.875) / 4 / Math.Pow(4.25, 1.5), moments.Skewness, 1e-15);
        Assert.Equal(((2 * 5.0625) + 0.0625 + 150.0625) / 4 / (4.25 * 4.25) - 3, moments.ExcessKurtosis, 1e-15);
        Assert.Equal(Math.Sqrt(4.25), moments.Deviation, 1e-15);
        Assert.Equal(5, moments.MaxAbs);
        Assert.Equal(7, Moments.Compute(ExactDistribution.OfValues([-7, 0, 5])).MaxAbs);
    }

    [Fact]
    public void Moments_AreThoseOfPlainSums()
    {
        var values = Sample.Gaussian(21, 100_000).Select(value => (Half)(0.02 * value)).ToArray();
        var moments = Moments.Compute(ExactDistribution.OfValues([.. values.Select(value => (double)value)]));

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

    /// <summary>Whatever rounding says of their sum.</summary>
    [Theory]
    [InlineData(0.1)]
    [InlineData(0.3)]
    [InlineData(-0.7)]
    public void Moments_OfEqualValues_HaveNoSpread(double value)
    {
        for (var count = 1; count < 100; count++)
        {
            var moments = Moments.Compute(ExactDistribution.OfValues([.. Enumerable.Repeat(value, count)]));
            Assert.Equal((value, 0, value, value), (moments.Mean, moments.Variance, moments.Min, moments.Max));
            Assert.Equal((double.NaN, double.NaN), (moments.Skewness, moments.ExcessKurtosis));
        }
    }

    [Fact]
    public void Moments_OfNothing_AreNaN()
    {
        var moments = Moments.Compute(ExactDistribution.OfValues([double.NaN, double.PositiveInfinity, double.NegativeInfinity]));
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
        var quantiles = Quantiles.Compute(ExactDistribution.OfValues([.. values.Select(value => (double)value)]),
            Probabilities);
        for (var i = 0; i < quantiles.Length; i++)
        {
            var position = (count - 1) * Probabilities[i];
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

    /// <summary>Each bin holds its left edge, the last one both.</summary>
    [Fact]
    public void Histogram_KnowsItsEdges()
    {
        var distribution = ExactDistribution.OfValues([-2, -1.5, -1, -0.75, -0.5, 0, 0.25, 0.5, 0.5, 0.99, 1, 1.5]);
        var (counts, below, above) = Histogram.Count(distribution, -1, 1, 4);
        Assert.Equal([2, 1, 2, 4], counts);
        Assert.Equal((2, 1), (below, above));
    }

    /// <summary>Below, in and above the middle cell; at knots and between them, in the tails, and back again.</summary>
    [Fact]
    public void CumulativeTable_IsTheFunctionItself()
    {
        var table = new CumulativeTable(z => Normal.CDF(0, 1, z), z => Normal.PDF(0, 1, z), 257);
        for (var z = -12.0; z <= 12; z += 0.01)
        {
            var p = Normal.CDF(0, 1, z);
            Assert.Equal(p, table.At(z), 1e-7);
            if (table.Invert(p) is { } back)
            {
                Assert.Equal(p, Normal.CDF(0, 1, back), 1e-7);
                Assert.True(Math.Abs(z) > 4.5 || Math.Abs(back - z) < 1e-3);
            }
            else
            {
                Assert.True(Math.Abs(z) > 4.5); // where neighbouring knots are too far apart to tell probabilities apart
            }
        }

        Assert.Null(table.Invert(0));
        Assert.Null(table.Invert(1));
        Assert.Equal(Normal.CDF(0, 1, -600), table.At(-600)); // beyond the outermost knots the function itself is asked
        Assert.Equal(1, table.At(600));
    }

    /// <summary>Between knots at z/(2 + |z|) = −1, −1/2, 0, 1/2, 1 the table is a cubic, even where the function is none.</summary>
    [Fact]
    public void CumulativeTable_BetweenKnots_IsACubic()
    {
        var asked = new List<double>();
        double Step(double z)
        {
            asked.Add(z);
            return z < 0 ? 0.2 : 0.5;
        }

        var table = new CumulativeTable(Step, _ => 0.1, 5);
        Assert.Equal([-2, 0], asked);
        Assert.Equal(0.2, table.At(-2), 1e-15);
        Assert.Equal(0.5, table.At(0), 1e-15);

        // u = −1/4 is half of the cell: (a + b)/2 + (da − db)/8, slopes 0.1 · 2/(1 − |u|)² · 1/2 for each knot.
        Assert.Equal(((0.2 + 0.5) / 2) + (((0.1 * 4) - 0.1) / 8), table.At(-2 / 3.0), 1e-15);
        Assert.Equal(1 - table.At(-2 / 3.0), table.At(2 / 3.0), 1e-15);
        Assert.Equal(-2 / 3.0, table.Invert(table.At(-2 / 3.0))!.Value, 1e-9);
        Assert.Equal(2, asked.Count);
        Assert.Null(table.Invert(0.1));
        Assert.Null(table.Invert(0.9));
        Assert.Equal(0.2, table.At(-3));
        Assert.Equal(-3, asked[^1]);
    }

    /// <summary>π²/6 and π²/2 are known; x below 12 and above it agree by ψ′(x) = ψ′(x + 1) + 1/x².</summary>
    [Fact]
    public void Trigamma_HasItsKnownValues()
    {
        Assert.Equal(Math.PI * Math.PI / 6, SpecialFunction.Trigamma(1), 1e-13);
        Assert.Equal(Math.PI * Math.PI / 2, SpecialFunction.Trigamma(0.5), 1e-13);
        Assert.Equal(SpecialFunction.Trigamma(13.5) + (1 / (12.5 * 12.5)), SpecialFunction.Trigamma(12.5), 1e-13);
        Assert.All([0.1, 3, 11.9, 12, 12.1, 50], x => Assert.Equal(
            (SpecialFunctions.DiGamma(x + 1e-4) - SpecialFunctions.DiGamma(x - 1e-4)) / 2e-4, SpecialFunction.Trigamma(x), 1e-4 / x));
    }

    [Fact]
    public void Median_IsTheMiddleOrTheMeanOfTwo()
    {
        Assert.Equal(2, Quantiles.Median([3, 1, 2]));
        Assert.Equal(2.5, Quantiles.Median([4, 1, 2, 3]));
        Assert.True(double.IsNaN(Quantiles.Median([])));
    }

    /// <summary>The square of the correlation, by hand: 1, and 27²/(28 · 28) of ranks with two that changed places.</summary>
    [Fact]
    public void RSquared_IsTheSquaredCorrelation()
    {
        Assert.Equal(1, Quantiles.RSquared([1, 2, 3, 4], [12, 10, 8, 6]), 1e-12);
        Assert.Equal(27.0 * 27 / (28 * 28), Quantiles.RSquared([1, 2, 3, 4, 5, 6, 7], [2, 1, 3, 4, 5, 6, 7]), 1e-12);
        Assert.True(double.IsNaN(Quantiles.RSquared([], [])));
        for (var count = 2; count < 100; count++)
        {
            // Equal values, whose mean is not always one of them to the last bit.
            double[] rising = [.. Enumerable.Range(0, count).Select(i => (double)i)], equal = [.. Enumerable.Repeat(0.1, count)];
            Assert.True(double.IsNaN(Quantiles.RSquared(rising, equal)) && double.IsNaN(Quantiles.RSquared(equal, rising)));
        }
    }

    /// <summary>By hand, of 1, 1, 2 and 6: values lie at 0, 1/3, 2/3 and 1.</summary>
    [Fact]
    public void Quantiles_OfFourNumbers_AreThoseByHand() => Assert.Equal(
        [1, 1, 1, 1.5, 2, 4, 6],
        Quantiles.Compute(ExactDistribution.OfValues([6, 1, 2, 1]), [0, 1.0 / 6, 1.0 / 3, 0.5, 2.0 / 3, 5.0 / 6, 1]),
        (a, b) => Math.Abs(a - b) < 1e-12);

    [Fact]
    public void Quantiles_OfNothing_AreNaN() =>
        Assert.Equal([double.NaN, double.NaN], Quantiles.Compute(ExactDistribution.OfValues([double.NaN]), [0.1, 0.9]));

    private static double[] Halves(int seed, int count) =>
        Array.ConvertAll(Sample.Halves(seed, count), bits => (double)BitConverter.UInt16BitsToHalf(bits));
}
