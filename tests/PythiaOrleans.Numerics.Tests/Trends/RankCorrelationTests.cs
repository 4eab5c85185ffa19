using PythiaOrleans.Numerics.Trends;

namespace PythiaOrleans.Numerics.Tests;

public sealed class RankCorrelationTests
{
    /// <summary>
    /// The exact one-sided tables of Spearman's test: n = 5, .9 is reached by 5 of 120 orders, 1 by one; n = 4, 1 by one of 24.
    /// </summary>
    [Theory]
    [InlineData(new double[] { 1, 2, 3, 4, 5 }, 1, 1.0 / 120)]
    [InlineData(new double[] { 1, 2, 3, 5, 4 }, 0.9, 5.0 / 120)]
    [InlineData(new double[] { .63, .80, .89, .79, .93 }, 0.7, 14.0 / 120)]
    [InlineData(new double[] { 1, 2, 3, 4 }, 1, 1.0 / 24)]
    [InlineData(new double[] { 4, 3, 2, 1 }, -1, 1)]
    public void ExactTable(double[] values, double rho, double p)
    {
        var found = RankCorrelation.Compute([.. Enumerable.Range(0, values.Length).Select(i => (double)i)], values);
        Assert.Equal(rho, found.Rho, 1e-12);
        Assert.Equal(p, found.P, 1e-12);
    }

    [Fact]
    public void Ties_ShareTheirMeanRank() => Assert.Equal([1, 2.5, 2.5, 4], RankCorrelation.Ranks([10, 20, 20, 30]));

    [Fact]
    public void Constant_HasNoRank() => Assert.True(double.IsNaN(RankCorrelation.Compute([1, 2, 3], [5, 5, 5]).Rho));

    /// <summary>Of the 24 orders of the ranks 1, 2.5, 2.5, 4 two are the observed one.</summary>
    [Fact]
    public void Ties_AreReachedByMoreOrders()
    {
        var found = RankCorrelation.Compute([1, 2, 2, 3], [10, 20, 20, 30]);
        Assert.Equal((1, 2.0 / 24, 4), (found.Rho, found.P, found.Count));
    }

    [Fact]
    public void FewerThanThreePairs_HaveNoCorrelation()
    {
        var found = RankCorrelation.Compute([1, 2], [1, 2]);
        Assert.Equal((double.NaN, double.NaN, 2), (found.Rho, found.P, found.Count));
        Assert.True(double.IsNaN(RankCorrelation.RhoOf([], [])));
        Assert.Equal(1, RankCorrelation.RhoOf([1, 2, 3], [1, 2, 3]), 1e-12);
    }

    /// <summary>Eight pairs are counted: one of 40,320 orders is as large as the largest.</summary>
    [Fact]
    public void EightPairs_AreCounted()
    {
        double[] x = [1, 2, 3, 4, 5, 6, 7, 8];
        Assert.Equal(1.0 / 40_320, RankCorrelation.Compute(x, x).P, 1e-15);
    }

    /// <summary>Twelve pairs are drawn, not counted: p of an order without any relation is near a half.</summary>
    [Fact]
    public void ManyPairs_AreDrawn()
    {
        double[] x = [.. Enumerable.Range(0, 12).Select(i => (double)i)];
        Assert.True(RankCorrelation.Compute(x, x).P <= 1e-4);
        Assert.InRange(RankCorrelation.Compute(x, [5, 2, 9, 1, 8, 4, 7, 3, 10, 0, 11, 6]).P, 0.05, 0.5);
    }
}
