using PythiaOrleans.Numerics.RandomMatrices;

namespace PythiaOrleans.Numerics.Tests;

public sealed class MarchenkoPasturTests
{
    /// <summary>The distribution function against the integral of the density.</summary>
    [Theory]
    [InlineData(400, 100)]
    [InlineData(100, 100)]
    public void Cumulative_IsTheIntegralOfTheDensity(int rows, int columns)
    {
        const double variance = 0.7;
        var ratio = (double)columns / rows;
        var (low, high) = (variance * Math.Pow(1 - Math.Sqrt(ratio), 2), variance * Math.Pow(1 + Math.Sqrt(ratio), 2));
        var law = new MarchenkoPastur(rows, columns, variance);
        const int steps = 200_000;
        double sum = 0;
        for (var i = 0; i < steps; i++)
        {
            // x = low + (high - low) sin²θ takes the singularities at the edges away.
            var angle = Math.PI / 2 * (i + 0.5) / steps;
            var x = low + ((high - low) * Math.Pow(Math.Sin(angle), 2));
            var density = Math.Sqrt((high - x) * (x - low)) / (2 * Math.PI * ratio * variance * x);
            sum += density * (high - low) * Math.Sin(2 * angle) * Math.PI / 2 / steps;
            if (i % 20_000 == 19_999)
            {
                var edge = low + ((high - low) * Math.Pow(Math.Sin(Math.PI / 2 * (i + 1) / steps), 2));
                Assert.Equal(sum, law.Cumulative(edge), 1e-6);
            }
        }

        Assert.Equal(1, sum, 1e-6);
    }

    /// <summary>Eigenvalues outside of the support are below all of it, or above.</summary>
    [Fact]
    public void Cumulative_OutsideOfTheSupport_IsNoneOrAll()
    {
        var law = new MarchenkoPastur(400, 100, 2); // the edges are 2 (1 - 1/2)^2 and 2 (1 + 1/2)^2
        Assert.Equal((0, 0), (law.Cumulative(-1), law.Cumulative(0.5)));
        Assert.Equal((1, 1), (law.Cumulative(4.5), law.Cumulative(100)));
        Assert.InRange(law.Cumulative(0.5001), double.Epsilon, 1e-3);
        Assert.InRange(law.Cumulative(4.4999), 0.999, 1 - 1e-9);
    }

    [Theory]
    [InlineData(400, 100, 0.7)]
    [InlineData(100, 100, 3)]
    [InlineData(1000, 1, 1)]
    public void Median_HasHalfBelowIt(int rows, int columns, double variance)
    {
        var law = new MarchenkoPastur(rows, columns, variance);
        Assert.Equal(0.5, law.Cumulative(law.Median()), 1e-9);
    }

    /// <summary>
    /// Johnstone (2001), theorem 1.1, of the largest eigenvalue of the unscaled Gram matrix: centre (√(m − 1) + √n)² and scale
    /// (√(m − 1) + √n) (1/√(m − 1) + 1/√n)^(1/3). 2.0234 is the 99 % quantile of the Tracy-Widom distribution.
    /// </summary>
    [Fact]
    public void Edges_AreThoseOfMarchenkoPasturAndOfTracyWidom()
    {
        var law = new MarchenkoPastur(401, 100, 0.25);
        Assert.Equal(0.5 * (Math.Sqrt(401) + 10), law.Edge, 1e-12);
        Assert.Equal(0.5 * Math.Sqrt(900 + (2.0234 * 30 * Math.Cbrt(0.15))), law.OutlierEdge, 1e-12);
    }

    /// <summary>One eigenvalue at the median: the step of height 1 is half above the law, and half below.</summary>
    [Fact]
    public void KolmogorovSmirnov_IsTheLargestGapOnBothSidesOfEachStep()
    {
        var law = new MarchenkoPastur(400, 100, 0.7);
        Assert.Equal(0.5, law.KolmogorovSmirnov([law.Median()]), 1e-9);
        Assert.Equal(1, law.KolmogorovSmirnov([100, 99]));
        Assert.Equal(1, law.KolmogorovSmirnov([0, 0]));

        // Quantiles 1/8, 3/8, 5/8, 7/8: each step leaves an eighth on either side; then one of them moves to the next.
        double[] even = [.. new[] { 7, 5, 3, 1 }.Select(eighths => Quantile(law, eighths / 8.0))];
        Assert.Equal(0.125, law.KolmogorovSmirnov(even), 1e-9);
        Assert.Equal(0.375, law.KolmogorovSmirnov([even[0], even[1], even[3], even[3]]), 1e-9);
        Assert.Equal(0.375, law.KolmogorovSmirnov([even[0], even[0], even[2], even[3]]), 1e-9);
    }

    private static double Quantile(MarchenkoPastur law, double share)
    {
        var (low, high) = (0.0, 10.0);
        while (high - low > 1e-13)
        {
            var middle = (low + high) / 2;
            (low, high) = law.Cumulative(middle) < share ? (middle, high) : (low, middle);
        }

        return low;
    }
}
