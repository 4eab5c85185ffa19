using System.Globalization;
using PythiaOrleans.Numerics.PowerLaws;
using PythiaOrleans.Testing;

namespace PythiaOrleans.Numerics.Tests;

public sealed class PowerLawFitTests
{
    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void PlantedPareto_IsRecoveredWithinThreeStandardErrors(double alpha)
    {
        var outside = 0;
        for (var draw = 0; draw < 50; draw++)
        {
            var random = new Random((100 * (int)alpha) + draw);
            var sample = Enumerable.Range(0, 800).Select(_ => 0.5 * Math.Pow(1 - random.NextDouble(), -1 / (alpha - 1))).OrderDescending().ToArray();
            var fit = PowerLawFit.Fit(sample);
            outside += Math.Abs(fit.Alpha - alpha) > 3 * fit.StandardError ? 1 : 0;
            Assert.True(fit.Exponential.Ratio > 0, $"draw {draw}");
        }

        // The choice of xmin widens the estimate a little beyond its standard error.
        Assert.InRange(outside, 0, 2);
    }

    /// <summary>The published continuous fits of Clauset, Shalizi and Newman 2009, table 6.1, on the sets in shared/data.</summary>
    [Theory]
    [InlineData("blackouts.txt", 1e-3, 2.27, 230)]
    [InlineData("flares.txt", 1, 1.79, 323)]
    [InlineData("cities.txt", 1e-3, 2.37, 52.46)]
    public void PublishedSets_GiveThePublishedFits(string file, double scale, double alpha, double xmin)
    {
        var values = File.ReadLines(SharedData.PathOf("powerlaw-datasets", file))
            .Where(line => line.Length > 0)
            .Select(line => double.Parse(line, CultureInfo.InvariantCulture) * scale)
            .OrderDescending()
            .ToArray();
        var fit = PowerLawFit.Fit(values);
        Assert.Equal(alpha, fit.Alpha, 0.005);
        Assert.Equal(xmin, fit.XMin, 0.005 * xmin);
    }

    /// <summary>A lognormal sample is no power law, and the comparison says so.</summary>
    [Fact]
    public void LognormalSample_FavoursTheLognormalLaw()
    {
        var sample = Sample.Gaussian(5, 4000).Select(Math.Exp).OrderDescending().ToArray();
        Assert.True(PowerLawFit.Fit(sample).Lognormal.Ratio < 0);
    }

    [Fact]
    public void TooFewValues_GiveNoFit() => Assert.Same(PowerLawFit.None, PowerLawFit.Fit([3, 2, 1]));
}
