using PythiaOrleans.Numerics.Trends;

namespace PythiaOrleans.Numerics.Tests;

public sealed class BlockBootstrapTests
{
    /// <summary>1 − 6 Σ d² / (n (n² − 1)), and the correlation of what is left of the ranks of x and y after regression on z.</summary>
    [Fact]
    public void PartialRank_IsTheCorrelationOfTheResiduals()
    {
        double[] x = [3.1, 1.2, 5.5, 2.2, 9.1, 4.4, 7.3, 6.0];
        double[] y = [2.0, 1.0, 4.1, 4.0, 8.8, 3.3, 9.9, 5.0];
        double[] z = [1, 2, 3, 4, 5, 6, 7, 8];
        Assert.Equal(0.904761904762, RankCorrelation.RhoOf(x, y), 1e-9);
        Assert.Equal(0.831180794826, PartialCorrelation.Rank(x, y, z), 1e-9);
        Assert.True(double.IsNaN(RankCorrelation.RhoOf(x, x.Select(_ => 1.0).ToArray())));
        Assert.True(double.IsNaN(PartialCorrelation.Rank(x, y, x)));
    }

    /// <summary>
    /// The mean of an autoregressive series (coefficient .5, 200 values): the interval of single values is too short for it, that of
    /// blocks holds the truth in most series.
    /// </summary>
    [Fact]
    public void Interval_OfADependentSeries_HoldsItsMean()
    {
        var held = 0;
        for (var trial = 0; trial < 200; trial++)
        {
            var random = new Random(trial);
            var at = 0.0;
            double[] values = [.. Enumerable.Range(0, 200).Select(_ => at = (0.5 * at) + random.NextDouble() - 0.5)];
            var (low, high) = BlockBootstrap.Interval(
                values.Length, places => places.Average(place => values[place]), 0.95, 300, seed: trial);
            held += low <= 0 && 0 <= high ? 1 : 0;
        }

        Assert.InRange(held, 170, 198);
    }

    /// <summary>Of 101 draws whose values are 0 to 100, the middle half lies from 25 to 75.</summary>
    [Fact]
    public void Interval_IsThatOfThePercentiles()
    {
        var draw = 101;

        Assert.Equal((25, 75), BlockBootstrap.Interval(4, _ => --draw, 0.5, 101, 1));
        Assert.Equal((0, 0), BlockBootstrap.Interval(1, places => places[0], 0.95, 10, 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => BlockBootstrap.Interval(0, _ => 0, 0.95, 10, 1));
    }

    /// <summary>Of 20 values, blocks of three neighbours are drawn; after the last value comes the first.</summary>
    [Fact]
    public void Draws_AreOfBlocksOfNeighbours()
    {
        var (wrapped, starts) = (0, new HashSet<int>());
        BlockBootstrap.Interval(20, Look, 0.95, 300, 1);
        Assert.Equal(20, starts.Count);
        Assert.True(wrapped > 0);

        double Look(int[] places)
        {
            Assert.Equal(20, places.Length);
            for (var i = 0; i < places.Length; i++)
            {
                Assert.True(i % 3 == 0 || places[i] == (places[i - 1] + 1) % 20);
                wrapped += i % 3 != 0 && places[i] == 0 ? 1 : 0;
                starts.Add(places[i / 3 * 3]);
            }

            return places[0];
        }
    }

    [Theory]
    [InlineData(5, false)]
    [InlineData(4, true)]
    public void Interval_NeedsAValueInHalfOfTheDraws(int with, bool isNaN)
    {
        var draw = 0;
        var (low, high) = BlockBootstrap.Interval(4, _ => draw++ < with ? 1 : double.NaN, 0.95, 10, 1);
        Assert.Equal((isNaN, isNaN), (double.IsNaN(low), double.IsNaN(high)));
    }

    [Fact]
    public void Interval_OfAStatisticWithoutValue_IsNaN()
    {
        var (low, high) = BlockBootstrap.Interval(10, _ => double.NaN, 0.95, 100, 1);
        Assert.True(double.IsNaN(low) && double.IsNaN(high));
    }
}
