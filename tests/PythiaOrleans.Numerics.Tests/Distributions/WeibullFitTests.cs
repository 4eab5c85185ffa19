using PythiaOrleans.Numerics.Distributions;

namespace PythiaOrleans.Numerics.Tests;

/// <summary>As the authors of shared/data/weibull-weights.tsv fit: sort |w|, F = (i − 0.5)/n, 0.1 ≤ F ≤ 0.9, a straight line.</summary>
public sealed class WeibullFitTests
{
    [Theory]
    [InlineData("gaussian", 1.2054, 0.8875)]
    [InlineData("heavy", null, null)]
    [InlineData("laplace", 1.0, 1.0)]
    [InlineData("weibull", 0.7, 2.0)]
    public void Fit_IsThatOfTheSortedSample(string kind, double? shape, double? scale)
    {
        var random = new Random(6);
        double[] values = [.. Enumerable.Range(0, 200_000).Select(_ => Draw(kind, random))];
        var fit = WeibullFit.Fit(ExactDistribution.OfValues(values));
        var (k, lambda) = Sorted(values);
        Assert.Equal(k, fit.Shape, 1e-9);
        Assert.Equal(lambda, fit.Scale, 1e-9);
        Assert.Equal(shape ?? k, fit.Shape, 0.01);
        Assert.Equal(scale ?? lambda, fit.Scale, 0.02);
        Assert.True(kind is "gaussian" or "heavy" || fit.RSquared > 0.9999);
        Assert.True(kind != "heavy" || fit.Shape < 1.15); // Student's t with 3 degrees of freedom has a heavier tail than a Gaussian
    }

    /// <summary>Of sizes that occur several times, in both signs: each has the middle of its ranks.</summary>
    [Fact]
    public void Fit_OfEqualSizes_SharesTheirRanks()
    {
        double[] values = [0, 0, 1, -1, 1, 2, -2, 3, 3, 3, -4, 5, -5, 5, 7, -8, 8, 10, -12, 20];
        double[] sizes = [.. values.Select(Math.Abs).Order()];
        double Share(double size) => (sizes.Count(other => other < size) + (sizes.Count(other => other == size) / 2.0)) / sizes.Length;
        var (k, lambda, straight, points) = Line(sizes.Select(size => (size, Share(size))));
        Assert.Equal(16, points);
        foreach (var sign in new[] { 1, -1 })
        {
            var fit = WeibullFit.Fit(ExactDistribution.OfValues([.. values.Select(value => sign * value)]));
            Assert.Equal(k, fit.Shape, 1e-12);
            Assert.Equal(lambda, fit.Scale, 1e-12);
            Assert.Equal(straight, fit.RSquared, 1e-12);
        }

        Assert.Equal(
            WeibullFit.Fit(ExactDistribution.OfValues(sizes)).Shape,
            WeibullFit.Fit(ExactDistribution.OfValues([.. sizes.Select(size => -size)])).Shape);
    }

    /// <summary>F of five values is 0.1, 0.3 ... 0.9, and all count; two points make a line; zeros have ranks, but no logarithm.</summary>
    [Fact]
    public void Fit_OfFewSizes_TakesTheEndsAndLeavesOutZeros()
    {
        var (k, lambda) = Sorted([1, 2, 4, 7, 9]);
        var five = WeibullFit.Fit(ExactDistribution.OfValues([1, -2, 4, 7, -9]));
        Assert.Equal(k, five.Shape, 1e-12);
        Assert.Equal(lambda, five.Scale, 1e-12);

        var two = WeibullFit.Fit(ExactDistribution.OfValues([1, 1, 2, 2]));
        Assert.Equal((Math.Log(-Math.Log(0.25)) - Math.Log(-Math.Log(0.75))) / Math.Log(2), two.Shape, 1e-12);
        Assert.Equal(1, two.RSquared, 1e-12);

        double[] sizes = [0, 0, 0, 0, 0, .. Enumerable.Range(1, 15).Select(i => (double)i)];
        Assert.Equal(Sorted(sizes).K, WeibullFit.Fit(ExactDistribution.OfValues(sizes)).Shape, 1e-12);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(0.3)] // 10 ln² 0.3 is not the square of its sum to the last bit
    [InlineData(0)]
    public void Fit_OfEqualSizes_IsMissing(double size)
    {
        double[] values = [.. Enumerable.Range(0, 11).Select(i => i % 2 == 0 ? size : -size)];
        Assert.True(double.IsNaN(WeibullFit.Fit(ExactDistribution.OfValues(values)).Shape));
        Assert.True(double.IsNaN(WeibullFit.Fit(ExactDistribution.OfValues([.. values, 5])).Scale)); // a twelfth lies outside of 0.1 to 0.9
        Assert.True(double.IsNaN(WeibullFit.Fit(ExactDistribution.OfValues([])).RSquared));
    }

    private static double Draw(string kind, Random random)
    {
        double Gaussian() => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
        var sign = random.Next(2) == 0 ? -1 : 1;
        return kind switch
        {
            "gaussian" => Gaussian(),
            "heavy" => Gaussian() / Math.Sqrt((Math.Pow(Gaussian(), 2) + Math.Pow(Gaussian(), 2) + Math.Pow(Gaussian(), 2)) / 3),
            "laplace" => sign * -Math.Log(1 - random.NextDouble()),
            _ => sign * 2 * Math.Pow(-Math.Log(1 - random.NextDouble()), 1 / 0.7),
        };
    }

    private static (double K, double Lambda) Sorted(double[] values)
    {
        double[] sizes = [.. values.Select(Math.Abs).Order()];
        var line = Line(sizes.Select((size, i) => (size, (i + 0.5) / sizes.Length)));
        return (line.K, line.Lambda);
    }

    private static (double K, double Lambda, double RSquared, int Points) Line(IEnumerable<(double Size, double F)> plot)
    {
        var points = plot.Where(point => point.Size > 0 && point.F is >= 0.1 and <= 0.9)
            .Select(point => (X: Math.Log(point.Size), Y: Math.Log(-Math.Log(1 - point.F)))).ToArray();
        var (x, y) = (points.Average(point => point.X), points.Average(point => point.Y));
        var (xx, xy, yy) = (points.Sum(point => (point.X - x) * (point.X - x)), points.Sum(point => (point.X - x) * (point.Y - y)),
            points.Sum(point => (point.Y - y) * (point.Y - y)));
        return (xy / xx, Math.Exp(x - (y / (xy / xx))), xy * xy / (xx * yy), points.Length);
    }
}
