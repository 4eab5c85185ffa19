using PythiaOrleans.Numerics.Geometry;

namespace PythiaOrleans.Numerics.Tests;

public sealed class GeometryTests
{
    /// <summary>HSIC₁ with matrices written out, from the formula of Song et al. 2012.</summary>
    [Fact]
    public void Alignment_IsThatOfTheWholeMatrices()
    {
        var random = new Random(1);
        var a = Points(random, 12, 5);
        float[][] b = [.. a.Select(point => point.Select((value, i) => i < 2 ? value : random.NextSingle()).ToArray())];
        Assert.Equal(Dense(a, b), KernelAlignment.Compute(Kernel(a), Kernel(b))!.Value, 1e-9);
        Assert.Equal(1, KernelAlignment.Compute(Kernel(a), Kernel(a))!.Value, 1e-12);
    }

    /// <summary>Independent representations have an alignment of 0 on average: the estimate has no bias.</summary>
    [Fact]
    public void Alignment_OfIndependentPoints_IsNoughtOnAverage()
    {
        var random = new Random(2);
        var values = Enumerable.Range(0, 40)
            .Select(_ => KernelAlignment.Compute(Kernel(Points(random, 100, 20)), Kernel(Points(random, 100, 20)))!.Value).ToArray();
        Assert.Equal(0, values.Average(), 0.01);
        Assert.True(values.Min() < 0);
    }

    [Fact]
    public void Alignment_OfOtherPoints_OrOfNone_IsMissing()
    {
        Assert.Null(KernelAlignment.Compute(new float[6], new float[10]));
        Assert.Null(KernelAlignment.Compute(new float[3], new float[3]));
        Assert.Null(KernelAlignment.Compute(new float[10], new float[10]));
        Assert.Equal(1, KernelAlignment.Compute([1, 0, 0, 0, 0, 1], [2, 0, 0, 0, 0, 2])!.Value, 1e-12); // four points are enough
    }

    /// <summary>Points of a cube of d dimensions in a space of eight.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(4)]
    public void Dimension_OfACube_IsItsOwn(int dimension)
    {
        var random = new Random(3);
        var points = Points(random, 800, dimension);
        var turned = points.Select(point => Enumerable.Range(0, 8)
            .Select(i => (double)point[i % dimension] * (i < dimension ? 1 : 0.5)).ToArray()).ToArray();
        var products = turned.SelectMany(a => turned.Select(b => a.Zip(b, (x, y) => x * y).Sum())).ToArray();
        Assert.Equal(dimension, TwoNearestNeighbours.Dimension(products), 0.15 * dimension);
    }

    /// <summary>
    /// Points at 0, 1, 3, 7 and 15 have ratios of distances 3, 2, 1.5, 1.5 and 1.5: without the largest, Σ x y / Σ x² with x = ln μ and
    /// y = −ln(1 − i / 5).
    /// </summary>
    [Fact]
    public void Dimension_OfFivePoints_IsTheSlopeThroughTheirRatios()
    {
        double[] points = [7, 0, 15, 3, 1];
        Assert.Equal(1.8329829959945967, TwoNearestNeighbours.Dimension(Products(points)), 1e-12);
        Assert.Equal(1.8329829959945967, TwoNearestNeighbours.Dimension(Products([.. points, 3, 7])), 1e-12); // the same points again
        Assert.True(double.IsNaN(TwoNearestNeighbours.Dimension(Products(points[1..]))));

    }

    /// <summary>Squared distances of less than 1e-12 of both points' squared sizes, here 9 and 9, are rounding.</summary>
    [Fact]
    public void Points_ThatDifferByRounding_AreOne()
    {
        double[] points = [0, 7, 15, 3, 1];
        Assert.Equal(1.8329829959945967, TwoNearestNeighbours.Dimension(Products([.. points, 3 + 3.6e-6])), 1e-12);
        Assert.NotEqual(1.8329829959945967, TwoNearestNeighbours.Dimension(Products([.. points, 3 + 5e-6])), 1e-3);
    }

    [Fact]
    public void Dimension_OfPointsThatAreOne_IsMissing() => Assert.True(double.IsNaN(TwoNearestNeighbours.Dimension(
        Enumerable.Repeat(1.0, 100).ToArray())));

    [Fact]
    public void Spectrum_HasItsShape()
    {
        Assert.Equal(4, SpectrumShape.EffectiveRank([2, 2, 2, 2]), 1e-12);
        Assert.Equal(1.7548, SpectrumShape.EffectiveRank([3, 1]), 1e-4);
        Assert.True(double.IsNaN(SpectrumShape.EffectiveRank([0, 0])));
        Assert.Equal(1, SpectrumShape.EffectiveRank([0, 7, 0]), 1e-12);
        Assert.Equal(1.6, SpectrumShape.ParticipationRatio([3, 1]), 1e-12);
        double[] law = [.. Enumerable.Range(1, 60).Select(rank => 5 * Math.Pow(rank, -1.3))];
        Assert.Equal(1.3, SpectrumShape.DecayExponent(law, 11, 50), 1e-12);
        Assert.Equal(1.3, SpectrumShape.DecayExponent(law[..15], 11, 50), 1e-12); // five ranks are enough
        Assert.Equal(1.3, SpectrumShape.DecayExponent([.. law[..50], .. Enumerable.Repeat(1e-3, 9)], 11, 50), 1e-12);
        Assert.True(double.IsNaN(SpectrumShape.DecayExponent(law[..14], 11, 50)));
        Assert.True(double.IsNaN(SpectrumShape.DecayExponent([], 1, 9)));
        Assert.True(double.IsNaN(SpectrumShape.DecayExponent([.. law[..12], .. new double[40]], 11, 50)));
        Assert.True(double.IsNaN(SpectrumShape.DecayExponent([.. law[..12], .. Enumerable.Repeat(1e-17, 40)], 11, 50)));
    }

    /// <summary>The slope of ln λ on ln rank, where the first and the last rank lie off the line.</summary>
    [Fact]
    public void DecayExponent_IsALeastSquaresSlope_FromTheFirstRankToTheLast()
    {
        double[] law = [.. Enumerable.Range(1, 60).Select(rank => Math.Pow(rank, -1.3) * (rank is 11 or 50 ? 2 : 1))];
        var points = Enumerable.Range(11, 40).Select(rank => (X: Math.Log(rank), Y: Math.Log(law[rank - 1]))).ToArray();
        var (n, x, y) = (points.Length, points.Sum(point => point.X), points.Sum(point => point.Y));
        var slope = ((n * points.Sum(point => point.X * point.Y)) - (x * y)) / ((n * points.Sum(point => point.X * point.X)) - (x * x));
        Assert.Equal(-slope, SpectrumShape.DecayExponent(law, 11, 50), 1e-12);
    }

    // Of points on a line.
    private static double[] Products(double[] points) => [.. points.SelectMany(a => points, (a, b) => a * b)];

    private static float[][] Points(Random random, int count, int dimension) =>
        [.. Enumerable.Range(0, count).Select(_ => Enumerable.Range(0, dimension).Select(_ => random.NextSingle() - 0.5f).ToArray())];

    private static float[] Kernel(float[][] points) =>
    [
        .. Enumerable.Range(0, points.Length).SelectMany(
            a => Enumerable.Range(a + 1, points.Length - a - 1), (a, b) => points[a].Zip(points[b], (x, y) => x * y).Sum()),
    ];

    private static double Dense(float[][] first, float[][] second)
    {
        return Hsic(first, second) / Math.Sqrt(Hsic(first, first) * Hsic(second, second));

        static double Hsic(float[][] x, float[][] y)
        {
            var n = x.Length;
            double K(float[][] points, int i, int j) => i == j ? 0 : points[i].Zip(points[j], (p, q) => p * q).Sum();
            var all = Enumerable.Range(0, n).ToArray();
            var trace = all.Sum(i => all.Sum(j => K(x, i, j) * K(y, j, i)));
            var sums = all.Sum(i => all.Sum(j => K(x, i, j))) * all.Sum(i => all.Sum(j => K(y, i, j)));
            var chained = all.Sum(i => all.Sum(j => all.Sum(k => K(x, i, j) * K(y, j, k))));
            return (trace + (sums / ((n - 1.0) * (n - 2))) - (2.0 / (n - 2) * chained)) / (n * (n - 3.0));
        }
    }
}
