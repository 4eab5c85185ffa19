using PythiaOrleans.Numerics.Distributions;
using PythiaOrleans.Testing;

namespace PythiaOrleans.Numerics.Tests;

/// <summary>Distributions that are found again in samples drawn from them.</summary>
public sealed class DistributionRecoveryTests
{
    private static QuantileGrid Grid => Standardised.Grid;

    [Theory]
    [InlineData(3)]
    [InlineData(5)]
    [InlineData(10)]
    public void StudentFit_OfItsOwnSamples_RecoversTheDegreesOfFreedom(int freedom)
    {
        const int count = 60_000;
        var (_, _, sample) = Standardised.Of(Sample.Student(51 + freedom, count, freedom));
        var fit = StudentTDistribution.Fit(sample, Grid)!;

        // The information on log ν is about 3 per mille of the sample at ν = 10, and more below: 8 % is beyond four standard errors.
        Assert.InRange(fit.Shape, 0.92 * freedom, 1.08 * freedom);
        Assert.True(fit.LogLikelihood > MaximumLikelihood.Gaussian(0, 1, Grid).LogLikelihood);
        Assert.InRange(fit.KolmogorovSmirnov(sample), 0, 1.63 / Math.Sqrt(count)); // the 1 % critical value
    }

    /// <summary>The stated error of the degrees of freedom is the spread of the fits of many samples.</summary>
    [Fact]
    public void StudentFreedomError_IsTheSpreadOfFits()
    {
        const int draws = 60;
        var fits = Enumerable.Range(0, draws)
            .Select(draw => StudentTDistribution.Fit(Standardised.Of(Sample.Student(900 + draw, 5000, 4)).Sample, Grid)!).ToArray();
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
            var (mean, deviation, sample) = Standardised.Of(values);
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

    /// <summary>Steps by the expected information alone take more rounds than there are where a sample is skewed and bounded.</summary>
    [Theory]
    [InlineData(1.1, 0.2)]
    [InlineData(1.3, 0.1)]
    [InlineData(1.3, 0.4)]
    [InlineData(1.6, 0.5)]
    [InlineData(2, 1)]
    public void GeneralisedNormalFit_OfASkewedBoundedSample_IsAtTheTop(double skew, double width)
    {
        var random = new Random(7);
        double[] values = [.. Enumerable.Range(0, 3000).Select(_ => Math.Pow(random.NextDouble(), skew) + (width * random.NextDouble()))];
        var (mean, deviation, sample) = Standardised.Of(values);
        double[] standard = Array.ConvertAll(values, value => (value - mean) / deviation);
        var fit = GeneralisedNormal.Fit(sample, 0, Grid);

        const double step = 1e-5;
        Assert.InRange(fit.Shape, 2.5, 29.5);
        Assert.Equal(LogLikelihood(0, 0), fit.LogLikelihood, 1e-12);
        Assert.Equal(0, (LogLikelihood(step, 0) - LogLikelihood(-step, 0)) / (2 * step), 1e-7);
        Assert.Equal(0, (LogLikelihood(0, step) - LogLikelihood(0, -step)) / (2 * step), 1e-7);

        // At the best scale for a place and an exponent near the fitted ones.
        double LogLikelihood(double aside, double more)
        {
            var exponent = fit.Shape + more;
            var power = standard.Average(value => Math.Pow(Math.Abs(value - fit.Location - aside), exponent));
            return Math.Log(exponent / 2) - MathNet.Numerics.SpecialFunctions.GammaLn(1 / exponent)
                - ((Math.Log(exponent * power) + 1) / exponent);
        }
    }

    /// <summary>Tails so long that no moment exists: the Cauchy law's quantiles are tan(π(p − 1/2)).</summary>
    [Fact]
    public void StudentFit_OfACauchySample_HasCauchyQuantiles()
    {
        var random = new Random(41);
        var (_, _, sample) = Standardised.Of([.. Enumerable.Range(0, 40_000).Select(_ => Math.Tan(Math.PI * (random.NextDouble() - 0.5)))]);
        var fit = StudentTDistribution.Fit(sample, Grid)!;
        Assert.InRange(fit.Shape, 0.95, 1.05);
        Assert.Equal(Math.Tan(Math.PI * (Grid.Probabilities[0] - 0.5)), fit.Quantiles[0], 0.3 * 163);
        Assert.Equal(fit.Quantiles[0], -fit.Quantiles[^1], 1e-6);
    }

    [Fact]
    public void LogisticFit_OfItsOwnSamples_RecoversLocationAndScale()
    {
        const int count = 100_000;
        var (mean, deviation, sample) = Standardised.Of(Sample.Logistic(61, count, 0.3, 0.02));
        var fit = MaximumLikelihood.Logistic(sample, Grid);
        Assert.Equal(0.3, mean + (deviation * fit.Location), 4 * 0.02 * Math.Sqrt(3.0 / count));
        Assert.Equal(0.02, deviation * fit.Scale, 4 * 0.02 * 0.84 / Math.Sqrt(count));
        Assert.True(fit.LogLikelihood > MaximumLikelihood.Gaussian(0, 1, Grid).LogLikelihood);
        Assert.InRange(fit.KolmogorovSmirnov(sample), 0, 1.63 / Math.Sqrt(count));
    }

    [Fact]
    public void GaussianSample_IsBestFittedByTheGaussian()
    {
        const int count = 100_000;
        var values = Sample.Gaussian(71, count);
        var (_, deviation, sample) = Standardised.Of(values);
        var (gaussian, logistic, student) = (MaximumLikelihood.Gaussian(0, 1, Grid), MaximumLikelihood.Logistic(sample, Grid),
            StudentTDistribution.Fit(sample, Grid)!);
        Assert.True(gaussian.Aic(count, deviation) < logistic.Aic(count, deviation));
        Assert.True(student.Shape > 100, $"ν = {student.Shape}");
        Assert.InRange(Quantiles.RSquared(Quantiles.Compute(ExactDistribution.OfValues(values), Grid.Probabilities), gaussian.Quantiles),
            0.9998, 1);
    }
}
