using MathNet.Numerics.Distributions;
using PythiaOrleans.Numerics.Distributions;

namespace PythiaOrleans.Numerics.Tests;

/// <summary>Sums of whole vectors against plain loops over every value.</summary>
public sealed class WeightedSampleTests
{
    public static TheoryData<int> Lengths { get; } = [1, 2, 3, 4, 5, 7, 8, 9, 41];

    [Theory]
    [MemberData(nameof(Lengths))]
    public void Sums_AreThoseOfPlainLoops(int length)
    {
        var (all, sample) = Draw(length);
        const double location = 0.2, scale = 0.7, freedom = 3.5;
        double Mean(Func<double, double> f) => all.Average(x => f((x - location) / scale));
        double Tanh(double z) => Math.Tanh(z / 2);
        double Slope(double z) => (1 - (Tanh(z) * Tanh(z))) / 2;

        var logistic = sample.LogisticSums(location, scale);
        double n = all.Length;
        Assert.Equal(n * Mean(Tanh), logistic.T, 1e-12 * n);
        Assert.Equal(n * Mean(z => z * Tanh(z)), logistic.Zt, 1e-12 * n);
        Assert.Equal(n * Mean(Slope), logistic.Q, 1e-12 * n);
        Assert.Equal(n * Mean(z => z * Slope(z)), logistic.Zq, 1e-12 * n);
        Assert.Equal(n * Mean(z => z * z * Slope(z)), logistic.Zzq, 1e-12 * n);
        Assert.Equal(Mean(z => z + (2 * Math.Log(1 + Math.Exp(-z)))), sample.LogisticEnergy(location, scale), 1e-12);

        var student = sample.StudentSums(location, scale, freedom);
        Assert.Equal(Mean(z => z / (freedom + (z * z))), student.Z, 1e-12);
        Assert.Equal(Mean(z => z * z / (freedom + (z * z))), student.Zz, 1e-12);
        Assert.Equal(Mean(z => Math.Log(1 + (z * z / freedom))), student.Energy, 1e-12);

        double Weight(double x) => (freedom + 1) / (freedom + (((x - location) / scale) * ((x - location) / scale)));
        var (place, width) = sample.StudentStep(location, scale, freedom);
        Assert.Equal(all.Sum(x => Weight(x) * x) / all.Sum(Weight), place, 1e-12);
        Assert.Equal(Math.Sqrt(all.Average(x => Weight(x) * (x - place) * (x - place))), width, 1e-7);

        // At a value itself its distance is 0.
        foreach (var (at, exponent) in new[] { (location, 1.7), (sample.Values[0], 1.7), (location, 2.6), (sample.Values[0], 2.6) })
        {
            double[] others = [.. all.Select(x => x - at).Where(d => d != 0)];
            double Powers(Func<double, double, double> f) => others.Sum(d => f(Math.Abs(d), Math.Sign(d))) / n;
            var means = sample.PowerMeans(at, exponent);
            Assert.Equal(Powers((d, _) => Math.Pow(d, exponent)), means.Power, 1e-12);
            Assert.Equal(Powers((d, _) => Math.Pow(d, exponent) * Math.Log(d)), means.Log, 1e-12);
            Assert.Equal(Powers((d, _) => Math.Pow(d, exponent) * Math.Log(d) * Math.Log(d)), means.LogSquare, 1e-12);
            Assert.Equal(Powers((d, sign) => sign * Math.Pow(d, exponent - 1)), means.Odd, 1e-12);
            Assert.Equal(Powers((d, sign) => sign * Math.Pow(d, exponent - 1) * Math.Log(d)), means.OddLog, 1e-12);
            if (exponent > 2)
            {
                Assert.Equal(Powers((d, _) => Math.Pow(d, exponent - 2)), means.Even, 1e-12);
            }
        }

        Assert.Equal(all.Average(x => Math.Abs(x - location)), sample.MeanAbsolute(location), 1e-12);
    }

    /// <summary>A point for each cell that is not empty: its values' mean and how many there are.</summary>
    [Theory]
    [InlineData(16)]
    [InlineData(64)]
    [InlineData(512)] // some cells are empty
    public void Coarsen_JoinsTheValuesOfACell(int cells)
    {
        var (all, sample) = Draw(900);
        double Bent(double z) => z / (2 + Math.Abs(z));
        var (low, high) = (Bent(all.Min()), Bent(all.Max()));
        var expected = all.GroupBy(x => Math.Min((int)((Bent(x) - low) * (cells / (high - low))), cells - 1))
            .OrderBy(cell => cell.Key).Select(cell => (Mean: cell.Average(), Count: (double)cell.Count())).ToArray();
        var coarse = sample.Coarsen(cells);
        Assert.Equal(expected.Select(cell => cell.Count), coarse.Counts.ToArray());
        Assert.All(expected.Zip(coarse.Values.ToArray()), pair => Assert.Equal(pair.First.Mean, pair.Second, 1e-12));
        Assert.Equal(expected.Length, coarse.Length);
        Assert.Equal(sample.Total, coarse.Total);
        Assert.Equal(coarse.Values.ToArray().Zip(coarse.Counts.ToArray()).Sum(pair => pair.First * pair.Second) / all.Length,
            all.Average(), 1e-12);
    }

    [Fact]
    public void Coarsen_OfFewValues_IsTheSampleItself()
    {
        var (_, sample) = Draw(16);
        Assert.Same(sample, sample.Coarsen(16));
        Assert.NotSame(sample, sample.Coarsen(15));
    }

    /// <summary>The largest gap on either side of any step, wherever in a stretch it lies.</summary>
    [Theory]
    [MemberData(nameof(Lengths))]
    public void KolmogorovSmirnov_IsTheLargestGap(int length)
    {
        var (all, sample) = Draw(length);
        for (var i = 0; i < 40; i++)
        {
            var (location, scale) = (-1 + (i * 0.05), i % 2 == 0 ? 0.8 : 0.02); // the second is steep: its gap lies at one value
            double Cumulative(double x) => Normal.CDF(location, scale, x);
            double n = all.Length;
            Assert.Equal(
                all.Max(x => Math.Max(Cumulative(x) - (all.Count(y => y < x) / n), (all.Count(y => y <= x) / n) - Cumulative(x))),
                sample.KolmogorovSmirnov(Cumulative), 1e-12);
        }
    }

    [Fact]
    public void KolmogorovSmirnov_AsksAboutFewValues()
    {
        var (all, sample) = Draw(900);
        var asked = 0;
        sample.KolmogorovSmirnov(x =>
        {
            asked++;
            return Normal.CDF(0, 1, x);
        });
        Assert.InRange(asked, 1, sample.Length);
        Assert.True(all.Length > sample.Length);
    }

    // Distinct values, of which the first occurs once, the second twice, the third three times, the fourth once, and so on.
    private static (double[] All, WeightedSample Sample) Draw(int length)
    {
        var random = new Random(length);
        double[] distinct = [.. Enumerable.Range(0, length).Select(_ => Math.Tan(1.4 * ((2 * random.NextDouble()) - 1)))];
        double[] all = [.. distinct.SelectMany((x, i) => Enumerable.Repeat(x, 1 + (i % 3)))];
        var sample = WeightedSample.Standardise(ExactDistribution.OfValues([.. all.Select(x => (3 * x) + 0.5)]), 0.5, 3);
        Assert.Equal((all.Length, length), (sample.Total, sample.Length));
        Assert.All(all.Distinct().Order().Zip(sample.Values.ToArray()), pair => Assert.Equal(pair.First, pair.Second, 1e-14));
        return (Standardised.Repeat(sample), sample);
    }
}
