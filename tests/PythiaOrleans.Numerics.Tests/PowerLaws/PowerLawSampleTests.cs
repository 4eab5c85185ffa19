using PythiaOrleans.Numerics.Distributions;
using PythiaOrleans.Numerics.PowerLaws;
using PythiaOrleans.Testing;

namespace PythiaOrleans.Numerics.Tests;

public sealed class PowerLawSampleTests
{
    [Fact]
    public void Descending_CountsEqualValues_AndLeavesOutWhatIsNotPositive()
    {
        var sample = PowerLawSample.OfDescending([7, 7, 3, 1, 1, 1, 0, 0, -2]);
        Assert.Equal([7, 3, 1], sample.Values);
        Assert.Equal([2, 1, 3], sample.Counts);
        Assert.Equal([Math.Log(7), Math.Log(3), 0], sample.Logs);
        Assert.Equal(6, sample.Total);
    }

    [Theory]
    [InlineData(new[] { -3.0, -3, -1, 0, 0, 1, 2, 3 }, new[] { 3.0, 2, 1 }, new[] { 3L, 1, 2 })]
    [InlineData(new[] { -5.0, -4 }, new[] { 5.0, 4 }, new[] { 1L, 1 })]
    [InlineData(new[] { 4.0, 5, 5 }, new[] { 5.0, 4 }, new[] { 2L, 1 })]
    [InlineData(new[] { 0.0 }, new double[0], new long[0])]
    [InlineData(new double[0], new double[0], new long[0])]
    public void Magnitudes_AreThoseOfBothSigns(double[] values, double[] magnitudes, long[] counts)
    {
        var sample = PowerLawSample.OfMagnitudes(ExactDistribution.OfValues(values));
        Assert.Equal(magnitudes, sample.Values);
        Assert.Equal(counts, sample.Counts);
    }

    [Fact]
    public void Thin_KeepsEachValueAlikeOften()
    {
        var sample = PowerLawSample.OfDescending([5, 4, 4, 4, 3, 2, 2, 1]);
        Assert.Equal([5, 4, 4, 4, 3, 2, 2, 1], sample.Thin(8, seed: 1));
        Assert.Equal([5, 4, 4, 4, 3, 2, 2, 1], sample.Thin(100, seed: 1));

        const int draws = 8000;
        var kept = Enumerable.Range(0, draws).Select(seed => sample.Thin(3, seed)).ToArray();
        Assert.All(kept, part => Assert.Equal(3, part.Length));
        Assert.All(kept, part => Assert.Equal(part.OrderDescending(), part));
        double Share(double value) => kept.Sum(part => part.Count(other => other == value)) / (double)draws;
        Assert.All([(5.0, 1), (4, 3), (3, 1), (2, 2), (1, 1)], of => Assert.Equal(of.Item2 * 3 / 8.0, Share(of.Item1), 0.03));
        Assert.Equal(sample.Thin(3, seed: 5), sample.Thin(3, seed: 5));
    }

    [Fact]
    public void Bootstrap_OfNoFit_IsNoTest_AndOfTooMuchIsRefused()
    {
        var stop = TestContext.Current.CancellationToken;
        var none = PowerLawBootstrap.Test([3, 2, 1], PowerLawSearch.Exhaustive, PowerLawFit.None, 10, 1, stop);
        Assert.True(double.IsNaN(none.P) && double.IsNaN(none.AlphaError));
        var most = PowerLawBootstrap.Test(
            new double[PowerLawBootstrap.MaxValues], PowerLawSearch.Exhaustive, PowerLawFit.None, 10, 1, stop);
        Assert.True(double.IsNaN(most.P));
        var error = Assert.Throws<ArgumentException>(() => PowerLawBootstrap.Test(
            new double[PowerLawBootstrap.MaxValues + 1], PowerLawSearch.Exhaustive, PowerLawFit.None, 10, 1, stop));
        Assert.Contains("at most 100000 values, found 100001", error.Message, StringComparison.Ordinal);
        var sample = Sample.Gaussian(3, 200).Select(Math.Abs).OrderDescending().ToArray();
        var fit = PowerLawFit.Fit(PowerLawSample.OfDescending(sample), PowerLawSearch.WholeSample);
        Assert.Throws<OperationCanceledException>(() => PowerLawBootstrap.Test(
            sample, PowerLawSearch.WholeSample, fit, 10, 1, new CancellationToken(canceled: true)));
    }
}
