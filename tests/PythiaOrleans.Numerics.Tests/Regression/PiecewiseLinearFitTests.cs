using PythiaOrleans.Numerics.Regression;

namespace PythiaOrleans.Numerics.Tests;

public sealed class PiecewiseLinearFitTests
{
    private static readonly int[] Steps = [.. Enumerable.Range(0, 10)];

    [Theory]
    [InlineData(3)]
    [InlineData(6)]
    [InlineData(7)]
    public void Break_IsTheFirstPointOfTheSecondLine(int at)
    {
        double[] values = [.. Steps.Select(i => i < at ? 2.0 * i : 100 - (3 * i))];

        Assert.Equal(at, PiecewiseLinearFit.BestBreak(Steps, values));
    }

    [Fact]
    public void Break_OfTooFewPoints_IsTheFirstPossible() => Assert.Equal(3, PiecewiseLinearFit.BestBreak(Steps[..4], [0, 9, 1, 7]));

    /// <summary>The best line through (0, 0), (1, 1), (2, 0) is flat at 1/3; far from 0 it is the same.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(2_000_000_000)]
    public void Error_IsThatOfTheBestLine(int from)
    {
        int[] steps = [from - 7, from, from + 1, from + 2, from + 9];

        Assert.Equal(2.0 / 3, PiecewiseLinearFit.Error(steps, [55, 10, 11, 10, 66], 1, 4), 1e-12);
        Assert.Equal(0, PiecewiseLinearFit.Error(steps, [55, 10, 12, 14, 66], 1, 4), 1e-12);
    }

    [Fact]
    public void Error_OfPointsAboveEachOther_IsTheirVariation() => Assert.Equal(2, PiecewiseLinearFit.Error([5, 5], [1, 3], 0, 2), 1e-12);
}
