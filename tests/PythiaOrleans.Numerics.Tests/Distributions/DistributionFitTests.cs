using PythiaOrleans.Numerics.Distributions;
using PythiaOrleans.Numerics.PowerLaws;
using PythiaOrleans.Testing;

namespace PythiaOrleans.Numerics.Tests;

public sealed class DistributionFitTests
{
    private static readonly QuantileGrid Grid = new([.. Enumerable.Range(1, 513).Select(i => (i - 0.5) / 513)]);

    /// <summary>
    /// Ten numbers; locations, scales and likelihoods as scipy.stats 1.10.1 fits them (norm.fit, logistic.fit, laplace.fit, t.fit and
    /// logpdf means).
    /// </summary>
    private static readonly double[] Ten = [-2.1, -0.7, -0.4, -0.15, 0.0, 0.2, 0.35, 0.6, 1.1, 3.0];

    [Fact]
    public void Fits_OfTenNumbers_AreThoseOfScipy()
    {
        var (mean, deviation, sample) = Standardise(Ten);
        var (logistic, laplace) = (MaximumLikelihood.Logistic(sample, Grid),
            MaximumLikelihood.Laplace(sample, (0.1 - mean) / deviation, Grid));
        Assert.Equal(0.12568489280597406, mean + (deviation * logistic.Location), 1e-5);
        Assert.Equal(0.6464306413387603, deviation * logistic.Scale, 1e-5);
        Assert.Equal(-1.5987601420819897, logistic.LogLikelihood - Math.Log(deviation), 1e-8);
        Assert.Equal(-1.5423242908253614, laplace.LogLikelihood - Math.Log(deviation), 1e-12);
        Assert.Equal(-1.6365799214633459, MaximumLikelihood.Gaussian(Grid).LogLikelihood - Math.Log(deviation), 1e-12);

        var student = StudentTDistribution.Fit(sample, Grid);
        Assert.Equal(-1.5572224999901552, student.LogLikelihood - Math.Log(deviation), 1e-6);
        Assert.Equal(1.7722497340417462, student.Shape, 0.01);
        Assert.Equal(0.6213513139581314, deviation * student.Scale, 1e-3);
    }

    /// <summary>KS distances of the same numbers from the fitted laws, from scipy.stats.kstest.</summary>
    [Fact]
    public void Distances_OfTenNumbers_AreThoseOfScipy()
    {
        var (_, _, sample) = Standardise(Ten);
        Assert.Equal(0.17077188501793672, MaximumLikelihood.Gaussian(Grid).KolmogorovSmirnov(sample), 1e-9);
        Assert.Equal(0.12437350027995309, MaximumLikelihood.Logistic(sample, Grid).KolmogorovSmirnov(sample), 1e-5);
        Assert.Equal(0.0738593169143287, StudentTDistribution.Fit(sample, Grid).KolmogorovSmirnov(sample), 1e-3);
    }

    [Theory]
    [InlineData(3)]
    [InlineData(5)]
    [InlineData(10)]
    public void StudentFit_OfItsOwnSamples_RecoversTheDegreesOfFreedom(int freedom)
    {
        const int count = 60_000;
        var (_, _, sample) = Standardise(Sample.Student(51 + freedom, count, freedom));
        var fit = StudentTDistribution.Fit(sample, Grid);

        // The information on log ν is about 3 per mille of the sample at ν = 10, and more below: 8 % is beyond four standard errors.
        Assert.InRange(fit.Shape, 0.92 * freedom, 1.08 * freedom);
        Assert.True(fit.LogLikelihood > MaximumLikelihood.Gaussian(Grid).LogLikelihood);
        Assert.InRange(fit.KolmogorovSmirnov(sample), 0, 1.63 / Math.Sqrt(count)); // the 1 % critical value
    }

    /// <summary>The stated error of the degrees of freedom is the spread of the fits of many samples.</summary>
    [Fact]
    public void StudentFreedomError_IsTheSpreadOfFits()
    {
        const int draws = 60;
        var fits = Enumerable.Range(0, draws)
            .Select(draw => StudentTDistribution.Fit(Standardise(Sample.Student(900 + draw, 5000, 4)).Sample, Grid)).ToArray();
        var mean = fits.Average(fit => fit.Shape);
        var spread = Math.Sqrt(fits.Sum(fit => (fit.Shape - mean) * (fit.Shape - mean)) / (draws - 1));
        Assert.InRange(spread / fits.Average(fit => fit.ShapeError), 0.7, 1.3); // 60 draws know a deviation to 9 %
        Assert.Equal(4, mean, 3 * spread / Math.Sqrt(draws) + 0.05);
    }

    /// <summary>
    /// |z|^β is a gamma variable of shape 1/β; β is recovered within three standard errors, which the spread of the fits confirms.
    /// </summary>
    [Theory]
    [InlineData(0.7)]
    [InlineData(1)]
    [InlineData(1.5)]
    [InlineData(2)]
    [InlineData(4)]
    public void GeneralisedNormalFit_OfItsOwnSamples_RecoversTheExponent(double shape)
    {
        const int draws = 40;
        var fits = new List<DistributionFit>();
        for (var draw = 0; draw < draws; draw++)
        {
            var random = new MathNet.Numerics.Random.MersenneTwister(draw + 1);
            var values = Enumerable.Range(0, 6000)
                .Select(_ =>
                    (random.NextDouble() < 0.5 ? -0.1 : 0.1) * Math.Pow(MathNet.Numerics.Distributions.Gamma.Sample(random, 1 / shape, 1),
                        1 / shape))
                .ToArray();
            var (mean, deviation, sample) = Standardise(values);
            fits.Add(GeneralisedNormal.Fit(sample, (Quantiles.Compute(ExactDistribution.OfValues(values), [0.5])[0] - mean) / deviation,
                Grid));
            Assert.Equal(shape, fits[^1].Shape, 4 * fits[^1].ShapeError);
            Assert.Equal(0.1, deviation * fits[^1].Scale, 0.02);
            Assert.InRange(fits[^1].KolmogorovSmirnov(sample), 0, 1.63 / Math.Sqrt(6000));
        }

        var centre = fits.Average(fit => fit.Shape);
        var spread = Math.Sqrt(fits.Sum(fit => (fit.Shape - centre) * (fit.Shape - centre)) / (draws - 1));
        Assert.InRange(spread / fits.Average(fit => fit.ShapeError), 0.65, 1.35);
    }

    /// <summary>Tails so long that no moment exists: the Cauchy law's quantiles are tan(π(p − 1/2)).</summary>
    [Fact]
    public void StudentFit_OfACauchySample_HasCauchyQuantiles()
    {
        var random = new Random(41);
        var (_, _, sample) = Standardise([.. Enumerable.Range(0, 40_000).Select(_ => Math.Tan(Math.PI * (random.NextDouble() - 0.5)))]);
        var fit = StudentTDistribution.Fit(sample, Grid);
        Assert.InRange(fit.Shape, 0.95, 1.05);
        Assert.Equal(Math.Tan(Math.PI * (Grid.Probabilities[0] - 0.5)), fit.Quantiles[0], 0.3 * 163);
        Assert.Equal(fit.Quantiles[0], -fit.Quantiles[^1], 1e-6);
    }

    [Fact]
    public void LogisticFit_OfItsOwnSamples_RecoversLocationAndScale()
    {
        const int count = 100_000;
        var (mean, deviation, sample) = Standardise(Sample.Logistic(61, count, 0.3, 0.02));
        var fit = MaximumLikelihood.Logistic(sample, Grid);
        Assert.Equal(0.3, mean + (deviation * fit.Location), 4 * 0.02 * Math.Sqrt(3.0 / count));
        Assert.Equal(0.02, deviation * fit.Scale, 4 * 0.02 * 0.84 / Math.Sqrt(count));
        Assert.True(fit.LogLikelihood > MaximumLikelihood.Gaussian(Grid).LogLikelihood);
        Assert.InRange(fit.KolmogorovSmirnov(sample), 0, 1.63 / Math.Sqrt(count));
    }

    [Fact]
    public void GaussianSample_IsBestFittedByTheGaussian()
    {
        const int count = 100_000;
        var values = Sample.Gaussian(71, count);
        var (_, deviation, sample) = Standardise(values);
        var (gaussian, logistic, student) = (MaximumLikelihood.Gaussian(Grid), MaximumLikelihood.Logistic(sample, Grid),
            StudentTDistribution.Fit(sample, Grid));
        Assert.True(gaussian.Aic(count, deviation) < logistic.Aic(count, deviation));
        Assert.True(student.Shape > 100, $"ν = {student.Shape}");
        Assert.InRange(Quantiles.RSquared(Quantiles.Compute(ExactDistribution.OfValues(values), Grid.Probabilities), gaussian.Quantiles),
            0.9998, 1);
    }

    [Theory]
    [InlineData(2.5)]
    [InlineData(3.5)]
    public void Tail_PlantedUnderAGaussianBulk_IsFound(double alpha)
    {
        const int tail = 4000;
        var random = new Random(81);
        var bulk = Sample.Gaussian(82, 96_000).Select(value => 0.3 * value).Where(value => Math.Abs(value) < 1);
        var planted = Enumerable.Range(0, tail).Select(i => (i % 2 == 0 ? 1 : -1) * Math.Pow(1 - random.NextDouble(), -1 / (alpha - 1)));
        var fit = PowerLawFit.Fit(PowerLawSample.OfMagnitudes(ExactDistribution.OfValues([.. bulk, .. planted])), PowerLawSearch.UpperHalf);
        Assert.InRange(fit.Alpha, alpha - (4 * fit.StandardError), alpha + (4 * fit.StandardError));
        Assert.InRange(fit.XMin, 0.85, 3);
        Assert.InRange(fit.KolmogorovSmirnov, 0, 0.05);
    }

    [Fact]
    public void Tail_OfTooFewValues_IsNone() => Assert.Same(
        PowerLawFit.None,
        PowerLawFit.Fit(PowerLawSample.OfMagnitudes(ExactDistribution.OfValues(Sample.Gaussian(91, 99))), PowerLawSearch.UpperHalf));

    private static (double Mean, double Deviation, WeightedSample Sample) Standardise(double[] values)
    {
        var distribution = ExactDistribution.OfValues(values);
        var moments = Moments.Compute(distribution);
        return (moments.Mean, moments.Deviation, WeightedSample.Standardise(distribution, moments.Mean, moments.Deviation));
    }
}
