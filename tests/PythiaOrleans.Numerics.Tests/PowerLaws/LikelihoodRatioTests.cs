using MathNet.Numerics;
using PythiaOrleans.Numerics.PowerLaws;

namespace PythiaOrleans.Numerics.Tests;

/// <summary>Vuong's ratio against its definition: the mean difference of log-densities over its standard error.</summary>
public sealed class LikelihoodRatioTests
{
    // A tail whose every value counts, the last one twice; xmin is 1.
    private static readonly double[] Values = [30, 11, 8, 5, 3.5, 3, 2, 1.7, 1.5, 1.2, 1.1, 1, 1];
    private static readonly PowerLawFit Law = new(1.9, 1, 13, 0.1);

    [Fact]
    public void Ratio_IsTheMeanDifferenceOverItsStandardError()
    {
        var ratio = LikelihoodRatio.Compare([1, 2, 4], [2, 1, 1], x => x, x => 3 - x); // differences −1, −1, 1, 5
        Assert.Equal(1 * Math.Sqrt(4) / Math.Sqrt(6), ratio.Ratio, 1e-12);
        Assert.Equal(SpecialFunctions.Erfc(ratio.Ratio / Math.Sqrt(2)), ratio.P, 1e-12);
        var turned = LikelihoodRatio.Compare([1, 2, 4], [2, 1, 1], x => 3 - x, x => x);
        Assert.Equal((-ratio.Ratio, ratio.P), (turned.Ratio, turned.P));
        Assert.Equal(LikelihoodRatio.None, LikelihoodRatio.Compare([1, 2], [1, 1], x => x, x => x - 1));
    }

    [Fact]
    public void Exponential_IsThatOfTheTailsMean()
    {
        var rate = 1 / (Values.Average() - 1);
        Assert.Equal(
            Vuong(x => Math.Log(rate) - (rate * (x - 1))),
            PowerLawAlternatives.Compare(PowerLawSample.OfDescending(Values), Law).Exponential.Ratio,
            1e-9);
    }

    /// <summary>The lognormal law, cut at xmin, of largest likelihood by a search through all places and widths.</summary>
    [Fact]
    public void Lognormal_IsThatOfLargestLikelihood()
    {
        double[] logs = Array.ConvertAll(Values, Math.Log);
        var (mu, sigma, step) = (logs.Average(), 1.0, 0.5);
        while (step > 1e-7)
        {
            var (m, s) = Enumerable.Range(-4, 9).SelectMany(_ => Enumerable.Range(-4, 9), (i, j) => (mu + (i * step), sigma + (j * step)))
                .Where(place => place.Item2 > 0.05).MaxBy(place => logs.Sum(log => Density(log, place.Item1, place.Item2)));
            (step, mu, sigma) = ((m, s) == (mu, sigma) ? step / 2 : step, m, s);
        }

        var law = CutLognormal.Fit(logs.Average(), logs.Average(log => log * log));
        Assert.Equal(sigma, law.Sigma, 1e-3 * sigma);
        Assert.Equal(mu, -law.Z * law.Sigma, 2e-3 * Math.Abs(mu));
        Assert.Equal(Density(1.2, mu, sigma), law.LogDensity(1.2), 1e-5);
        var found = PowerLawAlternatives.Compare(PowerLawSample.OfDescending(Values), Law).Lognormal;
        Assert.Equal(Vuong(x => Density(Math.Log(x), mu, sigma) - Math.Log(x)), found.Ratio, 1e-5);
    }

    /// <summary>Far from its cut it is a plain normal law of ln x; whatever is cut off, it is a density of t with the right mean.</summary>
    [Theory]
    [InlineData(6, 0.5)]
    [InlineData(1, 0.5)]
    [InlineData(1, 0.9)]
    [InlineData(0.01, 0.0099)]
    [InlineData(1, 0.999)]
    [InlineData(1, 2)] // of longer tails than any: as near to a power law as it goes
    public void CutLognormal_IsADensityWithTheSamplesMean(double mean, double deviation)
    {
        var law = CutLognormal.Fit(mean, (mean * mean) + (deviation * deviation));
        if (mean > 10 * deviation)
        {
            Assert.Equal(deviation, law.Sigma, 1e-6 * deviation);
            Assert.Equal(-mean / deviation, law.Z, 1e-5);
        }

        // Simpson's rule up to 60 times the mean.
        const int steps = 20_000;
        var (whole, first, width) = (0.0, 0.0, 60 * mean / steps);
        for (var i = 0; i <= steps; i++)
        {
            var t = i * width;
            var share = width / 3 * (i is 0 or steps ? 1 : i % 2 == 0 ? 2 : 4) * Math.Exp(law.LogDensity(t));
            (whole, first) = (whole + share, first + (t * share));
        }

        Assert.Equal(1, whole, 1e-8);
        Assert.Equal(mean, first, 1e-6 * mean);
    }

    /// <summary>In other units of ln x the law is the same; where no width is the likeliest, the widest is taken.</summary>
    [Theory]
    [InlineData(1, 0.5)]
    [InlineData(1, 2)]
    public void CutLognormal_InOtherUnits_IsTheSame(double mean, double deviation)
    {
        var law = CutLognormal.Fit(mean, (mean * mean) + (deviation * deviation));
        foreach (var unit in new[] { 0.01, 100 })
        {
            var other = CutLognormal.Fit(unit * mean, unit * unit * ((mean * mean) + (deviation * deviation)));
            Assert.Equal(unit * law.Sigma, other.Sigma, 1e-5 * other.Sigma);
            Assert.Equal(law.Z, other.Z, 1e-4 * Math.Abs(law.Z));
        }

        if (deviation > mean)
        {
            Assert.Equal(50 * deviation, law.Sigma, 1e-5 * law.Sigma);
        }
    }

    [Fact]
    public void Comparison_OfValuesInOtherUnits_IsTheSame()
    {
        const double unit = 7;
        var (one, other) = (
            PowerLawAlternatives.Compare(PowerLawSample.OfDescending(Values), Law),
            PowerLawAlternatives.Compare(
                PowerLawSample.OfDescending(Array.ConvertAll(Values, value => unit * value)), Law with { XMin = unit }));
        Assert.Equal(one.Exponential.Ratio, other.Exponential.Ratio, 1e-9);
        Assert.Equal(one.Lognormal.Ratio, other.Lognormal.Ratio, 1e-6);
    }

    /// <summary>Values below xmin belong to no tail.</summary>
    [Fact]
    public void Comparison_SeesTheTailAlone()
    {
        var whole = PowerLawAlternatives.Compare(PowerLawSample.OfDescending([.. Values, 0.9, 0.5, 0.1]), Law);
        Assert.Equal(PowerLawAlternatives.Compare(PowerLawSample.OfDescending(Values), Law), whole);
        Assert.Same(PowerLawAlternatives.None, PowerLawAlternatives.Compare(PowerLawSample.OfDescending(Values), PowerLawFit.None));
    }

    // Of ln x, of a lognormal law cut at x = 1.
    private static double Density(double log, double mu, double sigma) =>
        -Math.Log(sigma * Math.Sqrt(2 * Math.PI)) - (Math.Pow((log - mu) / sigma, 2) / 2)
            - Math.Log(SpecialFunctions.Erfc(-mu / sigma / Math.Sqrt(2)) / 2);

    private static double Vuong(Func<double, double> logDensity)
    {
        double[] differences = [.. Values.Select(x => Math.Log(Law.Alpha - 1) - (Law.Alpha * Math.Log(x)) - logDensity(x))];
        var mean = differences.Average();
        return mean * Math.Sqrt(differences.Length) / Math.Sqrt(differences.Average(value => (value - mean) * (value - mean)));
    }
}
