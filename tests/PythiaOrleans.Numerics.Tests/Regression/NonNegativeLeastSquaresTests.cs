using PythiaOrleans.Numerics.Regression;

namespace PythiaOrleans.Numerics.Tests;

/// <summary>Against scipy.optimize.nnls 1.10.</summary>
public sealed class NonNegativeLeastSquaresTests
{
    private static readonly double[][] Columns = [[1, 0.3, 2, 1, 0.2], [2, 1, 0.1, 1, 3], [0.5, 2, 1, 1, 0.7]];

    [Fact]
    public void Solve_WhereTwoTermsWouldBeNegative_LeavesThemOut() => Expect([1, -0.5, 2, 0.4, -1], [0.82381729, 0, 0]);

    [Fact]
    public void Solve_WhereAllTermsArePositive_IsLeastSquares() =>
        Expect([3, 4, 5, 3.2, 4.4], [1.45750811, 0.80520146, 1.42550691]);

    [Fact]
    public void Solve_OfNegativeValues_IsNothing() => Expect([-3, -4, -5, -3.2, -4.4], [0, 0, 0]);

    /// <summary>The coefficients of a term scale with it, however large: it is no matter of units.</summary>
    [Fact]
    public void Solve_OfTermsOfVeryDifferentSize_IsTheSame()
    {
        var found = NonNegativeLeastSquares.Solve(
            [Columns[0], Array.ConvertAll(Columns[1], value => 1e12 * value), Array.ConvertAll(Columns[2], value => 1e-12 * value)],
            [3, 4, 5, 3.2, 4.4]);
        Assert.Equal(0.80520146e-12, found[1], 1e-20);
        Assert.Equal(1.42550691e12, found[2], 1e4);
    }

    [Fact]
    public void Solve_OfATermWithoutValues_GivesItNothing() =>
        Assert.Equal([2, 0], NonNegativeLeastSquares.Solve([[1, 1], [0, 0]], [2, 2]));

    [Fact]
    public void Solve_OfLengthsThatDiffer_SaysWhich()
    {
        var error = Assert.Throws<ArgumentException>(() => NonNegativeLeastSquares.Solve([[1, 2], [1]], [1, 2]));
        Assert.Contains("found 2 of 2, 1", error.Message, StringComparison.Ordinal);
    }

    private static void Expect(double[] target, double[] expected)
    {
        var found = NonNegativeLeastSquares.Solve(Columns, target);
        for (var i = 0; i < expected.Length; i++)
        {
            Assert.Equal(expected[i], found[i], 1e-8);
        }
    }
}
