using PythiaOrleans.Numerics.Trends;

namespace PythiaOrleans.Numerics.Tests;

public sealed class SeedStatisticsTests
{
    /// <summary>Clopper and Pearson's intervals as R's binom.test prints them.</summary>
    [Theory]
    [InlineData(8, 10, 0.4439045, 0.9747893)]
    [InlineData(0, 10, 0, 0.3084971)]
    [InlineData(10, 10, 0.6915029, 1)]
    [InlineData(5, 9, 0.2120085, 0.8630043)]
    public void BinomialInterval_IsTheExactOne(int seen, int of, double low, double high)
    {
        var found = BinomialInterval.Compute(seen, of);
        Assert.Equal(low, found.Low, 1e-6);
        Assert.Equal(high, found.High, 1e-6);
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(-1, 3)]
    [InlineData(4, 3)]
    public void BinomialInterval_OfWhatCannotBeSeen_IsRefused(int seen, int of) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => BinomialInterval.Compute(seen, of));

    /// <summary>The six targets of four judges in Shrout and Fleiss 1979, table 2: ICC(1, 1) = .17.</summary>
    [Fact]
    public void IntraclassCorrelation_OfShroutAndFleiss_IsTheirs()
    {
        double[][] targets = [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]];
        Assert.Equal(0.1657, IntraclassCorrelation.Compute(targets), 0.0001);
        Assert.Equal(1, IntraclassCorrelation.Compute([[1, 1], [2, 2], [5, 5]]), 1e-12);
        // Of unequal sizes, by hand: MSB 43.5 / 2, MSW 4 / 3, k = (6 - 14 / 6) / 2.
        Assert.Equal(0.8930741190765492, IntraclassCorrelation.Compute([[1, 3], [5], [7, 8, 9]]), 1e-12);
        // Two groups, by hand: MSB 4, MSW 1 / 2, k = 2.
        Assert.Equal(3.5 / 4.5, IntraclassCorrelation.Compute([[1, 2], [3, 4]]), 1e-12);
        Assert.True(double.IsNaN(IntraclassCorrelation.Compute([[1], [2]])));
        Assert.True(double.IsNaN(IntraclassCorrelation.Compute([[1, 2]])));
    }
}
