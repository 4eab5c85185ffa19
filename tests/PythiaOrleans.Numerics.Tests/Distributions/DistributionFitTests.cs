using MathNet.Numerics;
using MathNet.Numerics.Distributions;
using PythiaOrleans.Numerics.Distributions;
using PythiaOrleans.Testing;

namespace PythiaOrleans.Numerics.Tests;

public sealed class DistributionFitTests
{
    private static QuantileGrid Grid => Standardised.Grid;

    // Both ends, for each probability 1 − p beside p.
    private static readonly QuantileGrid Ends = new([1e-9, 1e-6, 1e-4, 0.01, 0.3, 0.5, 0.7, 0.99, 1 - 1e-4, 1 - 1e-6, 1 - 1e-9]);

    /// <summary>
    /// Ten numbers; locations, scales and likelihoods as scipy.stats 1.10.1 fits them (norm.fit, logistic.fit, laplace.fit, t.fit and
    /// logpdf means).
    /// </summary>
    private static readonly double[] Ten = [-2.1, -0.7, -0.4, -0.15, 0.0, 0.2, 0.35, 0.6, 1.1, 3.0];

    [Fact]
    public void Fits_OfTenNumbers_AreThoseOfScipy()
    {
        var (mean, deviation, sample) = Standardised.Of(Ten);
        var (logistic, laplace) = (MaximumLikelihood.Logistic(sample, Grid),
            MaximumLikelihood.Laplace(sample, (0.1 - mean) / deviation, Grid));
        Assert.Equal(0.12568489280597406, mean + (deviation * logistic.Location), 1e-5);
        Assert.Equal(0.6464306413387603, deviation * logistic.Scale, 1e-5);
        Assert.Equal(-1.5987601420819897, logistic.LogLikelihood - Math.Log(deviation), 1e-8);
        Assert.Equal(-1.5423242908253614, laplace.LogLikelihood - Math.Log(deviation), 1e-12);
        Assert.Equal(-1.6365799214633459, MaximumLikelihood.Gaussian(0, 1, Grid).LogLikelihood - Math.Log(deviation), 1e-12);

        var student = StudentTDistribution.Fit(sample, Grid)!;
        Assert.Equal(-1.5572224999901552, student.LogLikelihood - Math.Log(deviation), 1e-6);
        Assert.Equal(1.7722497340417462, student.Shape, 0.01);
        Assert.Equal(0.6213513139581314, deviation * student.Scale, 1e-3);
    }

    /// <summary>KS distances of the same numbers from the fitted laws, from scipy.stats.kstest.</summary>
    [Fact]
    public void Distances_OfTenNumbers_AreThoseOfScipy()
    {
        var (_, _, sample) = Standardised.Of(Ten);
        Assert.Equal(0.17077188501793672, MaximumLikelihood.Gaussian(0, 1, Grid).KolmogorovSmirnov(sample), 1e-9);
        Assert.Equal(0.12437350027995309, MaximumLikelihood.Logistic(sample, Grid).KolmogorovSmirnov(sample), 1e-5);
        Assert.Equal(0.0738593169143287, StudentTDistribution.Fit(sample, Grid)!.KolmogorovSmirnov(sample), 1e-3);
    }

    /// <summary>Each fit has the likelihood of its density, and no law of its kind close by has a larger one.</summary>
    [Theory]
    [InlineData("logistic")]
    [InlineData("laplace")]
    [InlineData("student-t")]
    [InlineData("generalised-normal")]
    public void Fit_IsTheLikeliestOfItsKind(string name)
    {
        foreach (var values in Samples())
        {
            var sample = InUnitsOfItsBulk(values);
            double[] all = Standardised.Repeat(sample);
            var fit = Fit(name, sample, Ends);
            double LogLikelihood(DistributionFit at) => all.Average(x => LogDensity(name, x, at.Location, at.Scale, at.Shape));
            Assert.Equal(LogLikelihood(fit), fit.LogLikelihood, 1e-9);
            const double step = 2e-3;
            foreach (var part in new[] { -step, step })
            {
                AssertNoBetter("scale", fit with { Scale = fit.Scale * (1 + part) });
                if (name != "generalised-normal" || fit.Shape >= 1)
                {
                    // Below 1 the likelihood of the generalised normal has a cusp at each value, and the median is kept.
                    AssertNoBetter("location", fit with { Location = fit.Location + (part * fit.Scale) });
                }

                if (fit.Shape is > 0.3 and < 30)
                {
                    AssertNoBetter("shape", fit with { Shape = fit.Shape * (1 + part) });
                }
            }

            void AssertNoBetter(string which, DistributionFit near) => Assert.True(
                LogLikelihood(near) <= fit.LogLikelihood + 1e-12, $"{which}: {near} is likelier than {fit}");
        }
    }

    /// <summary>Distribution functions are the integrals of their densities, and quantiles their inverse, far into the tails.</summary>
    [Theory]
    [InlineData("gaussian")]
    [InlineData("logistic")]
    [InlineData("laplace")]
    [InlineData("student-t")]
    [InlineData("generalised-normal")]
    public void Cumulative_IsTheIntegralOfTheDensity(string name)
    {
        foreach (var values in Samples())
        {
            var fit = Fit(name, InUnitsOfItsBulk(values), Ends);
            Assert.Equal(0.5, fit.Cumulative(0), 1e-9);
            for (var z = -6.0; z < 6; z += 0.25)
            {
                // Simpson's rule over a stretch without a kink.
                double Density(double at) => Math.Exp(LogDensity(name, at, 0, 1, fit.Shape));
                const double width = 0.25;
                var area = Enumerable.Range(0, 50).Sum(i => width / 50 / 6 * (Density(z + (i * width / 50))
                    + (4 * Density(z + ((i + 0.5) * width / 50))) + Density(z + ((i + 1) * width / 50))));
                Assert.Equal(area, fit.Cumulative(z + width) - fit.Cumulative(z), name == "generalised-normal" ? 2e-4 : 1e-6);
            }

            for (var i = 0; i < Ends.Probabilities.Length; i++)
            {
                var p = Ends.Probabilities[i];
                Assert.Equal(p, fit.Cumulative(fit.Quantiles[i]), 2e-7 + (1e-9 * p));
                Assert.Equal(-fit.Quantiles[i], fit.Quantiles[^(i + 1)], 1e-6 * (1 + Math.Abs(fit.Quantiles[i])));
                Assert.True(p > 1e-5 || Math.Abs((fit.Cumulative(fit.Quantiles[i]) / p) - 1) < 1e-2, $"{name} {fit.Shape} at {p}");
            }
        }
    }

    /// <summary>What is told is in the values' own unit: moved and stretched values have moved and stretched fits.</summary>
    [Fact]
    public void Fits_OfMovedValues_AreMoved()
    {
        var values = Samples().First();
        var (fits, moved) = (Fits(values), Fits([.. values.Select(x => (10 * x) + 3)]));
        foreach (var (one, other, parameters) in new[]
        {
            (fits.Gaussian, moved.Gaussian, 2), (fits.Logistic, moved.Logistic, 2), (fits.Laplace, moved.Laplace, 2),
            (fits.Student, moved.Student, 3), (fits.GeneralisedNormal, moved.GeneralisedNormal, 3),
        })
        {
            Assert.Equal(one.Name, other.Name);
            Assert.Equal((10 * one.Location) + 3, other.Location, 1e-6);
            Assert.Equal(10 * one.Scale, other.Scale, 1e-6);
            Assert.Equal(one.Shape, other.Shape, 1e-6);
            Assert.Equal(one.LogLikelihood - Math.Log(10), other.LogLikelihood, 1e-9);
            Assert.Equal((2 * parameters) - (2 * values.Length * one.LogLikelihood), one.Aic, 1e-6);
            Assert.Equal(one.Ks, other.Ks, 1e-6);
            Assert.Equal(one.QqR2, other.QqR2, 1e-6);
            Assert.InRange(one.QqR2, 0.5, 1);
        }

        Assert.Equal(values.Average(), fits.Gaussian.Location, 1e-9);
        Assert.Equal(Quantiles.Median(values), fits.Laplace.Location, 1e-9);
        Assert.Equal(values.Average(x => Math.Abs(x - fits.Laplace.Location)), fits.Laplace.Scale, 1e-9);
        Assert.Equal(
            new[] { fits.Gaussian, fits.Logistic, fits.Laplace, fits.Student }.OrderBy(fit => fit.Aic).First().Name, fits.Best);
        Assert.Same(DistributionFits.None, Fits([2, 2, 2]));
        Assert.Equal("", Fits([2, 2, 2]).Best);
    }

    /// <summary>
    /// Where one value is too frequent, as in norms that have hardly left 1, Student's t has no likeliest law: it is left out, and
    /// never the best.
    /// </summary>
    [Fact]
    public void Student_OfValuesThatAreMostlyOne_IsMissing()
    {
        double[] norms = [.. Enumerable.Repeat(1.0, 500), .. Enumerable.Range(1, 12).Select(i => 1 + (0.01 * i))];
        var fits = Fits(norms);
        Assert.All(
            [fits.Student.Location, fits.Student.Scale, fits.Student.Shape, fits.Student.LogLikelihood, fits.Student.Aic, fits.Student.Ks],
            value => Assert.True(double.IsNaN(value)));
        Assert.Equal("laplace", fits.Best);
        Assert.All([fits.Gaussian, fits.Logistic, fits.Laplace], fit => Assert.InRange(fit.Ks, 0.4, 0.6));

        // Up to a share of 0.3/1.3 there is one.
        double[] some = [.. Sample.Gaussian(2, 770), .. Enumerable.Repeat(0.0, 230)];
        Assert.True(double.IsFinite(Fits(some).Student.LogLikelihood));
        Assert.True(double.IsNaN(Fits([.. some, 0, 0]).Student.LogLikelihood));
    }

    /// <summary>One value far outside moves the fits of a thousand others as far as its likelihood says, and no further.</summary>
    [Theory]
    [InlineData(1e2)]
    [InlineData(1e4)]
    [InlineData(1e8)]
    public void Fits_WithAValueFarOutside_AreStillThoseOfTheRest(double far)
    {
        var values = Sample.Student(9, 1000, 5);
        var (without, with) = (Fits(values), Fits([.. values, far]));
        Assert.Equal("student-t", with.Best);
        Assert.Equal(without.Student.Scale, with.Student.Scale, 0.15);
        Assert.InRange(with.Student.Shape, 2, without.Student.Shape);
        Assert.InRange(with.Student.Ks, 0, 0.05);

        // ln s + |x|/s over the others, and |far|/s: the logistic's scale is about far/n, or that of the others.
        Assert.InRange(with.Logistic.Scale, 0.99 * far / values.Length, without.Logistic.Scale + (1.1 * far / values.Length));
    }

    /// <summary>The error of ν is that of the expected information of (ln σ, ln ν), here by integrals over the density.</summary>
    [Fact]
    public void StudentFreedomError_IsThatOfTheInformation()
    {
        var (_, _, sample) = Standardised.Of(Samples().First());
        var fit = StudentTDistribution.Fit(sample, Ends)!;
        double LogDensityAt(double x, double logScale, double logFreedom) =>
            StudentT.PDFLn(0, Math.Exp(logScale), Math.Exp(logFreedom), x);
        const double h = 1e-4;
        var nu = Math.Log(fit.Shape);
        double scales = 0, freedoms = 0, both = 0;
        for (var i = 0; i < 40_000; i++)
        {
            var x = Math.Tan(Math.PI * (((i + 0.5) / 40_000) - 0.5)); // the middle of a slice of the Cauchy law
            var weight = StudentT.PDF(0, 1, fit.Shape, x) * Math.PI * (1 + (x * x)) / 40_000;
            var scale = (LogDensityAt(x, h, nu) - LogDensityAt(x, -h, nu)) / (2 * h);
            var freedom = (LogDensityAt(x, 0, nu + h) - LogDensityAt(x, 0, nu - h)) / (2 * h);
            scales += weight * scale * scale;
            freedoms += weight * freedom * freedom;
            both += weight * scale * freedom;
        }

        var error = fit.Shape * Math.Sqrt(scales / ((scales * freedoms) - (both * both)) / sample.Total);
        Assert.Equal(error, fit.ShapeError, 1e-3 * error);
    }

    /// <summary>The error of β is that of the curvature of the likelihood at the best scale of each β, here by differences.</summary>
    [Fact]
    public void ExponentError_IsThatOfTheProfilesCurvature()
    {
        var (_, _, sample) = Standardised.Of(Samples().First());
        double[] all = Standardised.Repeat(sample);
        var fit = Fit("generalised-normal", sample, Ends);
        double Profile(double shape)
        {
            var scale = Math.Pow(shape * all.Average(x => Math.Pow(Math.Abs(x - fit.Location), shape)), 1 / shape);
            return all.Average(x => LogDensity("generalised-normal", x, fit.Location, scale, shape));
        }

        const double h = 1e-3;
        var curvature = (Profile(fit.Shape + h) - (2 * Profile(fit.Shape)) + Profile(fit.Shape - h)) / (h * h);
        var error = 1 / Math.Sqrt(-curvature * all.Length);
        Assert.Equal(error, fit.ShapeError, 1e-3 * error);
    }

    /// <summary>Where the likelihood has no top the shape is the end of its range, and has no error.</summary>
    [Fact]
    public void Shape_AtTheEndOfItsRange_HasNoError()
    {
        double[] flat = [.. Enumerable.Range(0, 2000).Select(i => i / 1000.0)];
        double[] split = [.. Enumerable.Range(0, 2000).Select(i => (i % 2 == 0 ? -1 : 1) * (1 + (1e-4 * i / 2000)))];
        double[] peaked = [.. Enumerable.Range(1, 1000).SelectMany(i => new[] { Math.Exp(i / 20.0), -Math.Exp(i / 20.0) })];
        var student = StudentTDistribution.Fit(Standardised.Of(flat).Sample, Ends)!;
        Assert.Equal(StudentTDistribution.MaxFreedom, student.Shape);
        Assert.True(double.IsNaN(student.ShapeError));
        Assert.All([(split, 30.0), (peaked, 0.3)], end =>
        {
            var fit = Fit("generalised-normal", Standardised.Of(end.Item1).Sample, Ends);
            Assert.Equal(end.Item2, fit.Shape);
            Assert.True(double.IsNaN(fit.ShapeError));
        });
        Assert.True(double.IsNaN(MaximumLikelihood.Gaussian(0, 1, Ends).ShapeError));
    }

    [Fact]
    public void Grid_HasTheQuantilesOfTheStandardDistributions()
    {
        var grid = new QuantileGrid([0.1, 0.25, 0.5, 0.975]);
        Assert.Equal([Math.Log(1 / 9.0), -Math.Log(3), 0, Math.Log(39)], grid.Logistic.Select(q => Math.Round(q, 12)).ToArray(),
            (a, b) => Math.Abs(a - b) < 1e-9);
        Assert.Equal([Math.Log(0.2), Math.Log(0.5), 0, -Math.Log(0.05)], grid.Laplace, (a, b) => Math.Abs(a - b) < 1e-12);
        Assert.Equal([-1.2815515655446004, -0.6744897501960817, 0, 1.959963984540054], grid.Gaussian, (a, b) => Math.Abs(a - b) < 1e-9);
    }

    // Skewed, long-tailed, short-tailed, with values that occur several times; with values far from all others, as activations have them.
    private static IEnumerable<double[]> Samples()
    {
        yield return [.. Sample.Student(3, 400, 3).Select(x => Math.Round(x + (0.2 * x * x / (1 + Math.Abs(x))), 2))];
        yield return [.. Sample.Logistic(4, 300, 1, 2)];
        yield return [.. Sample.Gaussian(5, 200).Select(x => Math.Sign(x) * Math.Pow(Math.Abs(x), 0.6))];
        yield return [.. Sample.Student(6, 300, 1)];
        yield return [.. Sample.Gaussian(7, 400), 1e3];
        yield return [.. Sample.Gaussian(8, 400), 1e6, -2e6];
    }

    private static WeightedSample InUnitsOfItsBulk(double[] values)
    {
        var distribution = ExactDistribution.OfValues(values);
        var (sample, median, unit) = WeightedSample.InUnitsOfItsBulk(distribution, Moments.Compute(distribution).Deviation);
        Assert.Equal(Quantiles.Median(values), median, 1e-12);
        var quartiles = Quantiles.Compute(distribution, [0.25, 0.75]);
        Assert.Equal((quartiles[1] - quartiles[0]) / (2 * Normal.InvCDF(0, 1, 0.75)), unit, 1e-4 * unit);
        Assert.All(distribution.Values.Zip(sample.Values.ToArray()), pair => Assert.Equal((pair.First - median) / unit, pair.Second));
        return sample;
    }

    private static DistributionFit Fit(string name, WeightedSample sample, QuantileGrid grid)
    {
        var median = Quantiles.Median(Standardised.Repeat(sample));
        return name switch
        {
            "gaussian" => MaximumLikelihood.Gaussian(0, 1, grid),
            "logistic" => MaximumLikelihood.Logistic(sample, grid),
            "laplace" => MaximumLikelihood.Laplace(sample, median, grid),
            "student-t" => StudentTDistribution.Fit(sample, grid)!,
            _ => GeneralisedNormal.Fit(sample, median, grid),
        };
    }

    /// <summary>The same likelihoods and the same best one, and nothing that takes long.</summary>
    [Fact]
    public void NamedFits_AreThoseOfAll_WithoutDistances()
    {
        foreach (var values in Samples())
        {
            var distribution = ExactDistribution.OfValues(values);
            var (all, named) = (Fits(values), DistributionFits.FitNamed(distribution, Moments.Compute(distribution), Grid));
            Assert.Equal(all.Best, named.Best);
            Assert.Equal(WithoutDistances(all.Gaussian), named.Gaussian);
            Assert.Equal(WithoutDistances(all.Logistic), named.Logistic);
            Assert.Equal(WithoutDistances(all.Laplace), named.Laplace);
            Assert.Equal(WithoutDistances(all.Student), named.Student);
            Assert.Equal(ScoredDistribution.None, named.GeneralisedNormal);
        }

        static ScoredDistribution WithoutDistances(ScoredDistribution fit) => fit with { Ks = double.NaN, QqR2 = double.NaN };
    }

    private static DistributionFits Fits(double[] values)
    {
        var distribution = ExactDistribution.OfValues(values);
        return DistributionFits.Fit(
            distribution, Moments.Compute(distribution), Quantiles.Compute(distribution, Grid.Probabilities), Grid);
    }

    private static double LogDensity(string name, double x, double location, double scale, double shape)
    {
        var z = Math.Abs((x - location) / scale);
        return name switch
        {
            "gaussian" => Normal.PDFLn(location, scale, x),
            "logistic" => -z - (2 * Math.Log(1 + Math.Exp(-z))) - Math.Log(scale),
            "laplace" => -z - Math.Log(2 * scale),
            "student-t" => StudentT.PDFLn(location, scale, shape, x),
            _ => Math.Log(shape / (2 * scale)) - SpecialFunctions.GammaLn(1 / shape) - Math.Pow(z, shape),
        };
    }
}
