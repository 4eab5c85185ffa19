using PythiaOrleans.Numerics.Regression;

namespace PythiaOrleans.Numerics.Tests;

/// <summary>Against scipy.optimize.nnls 1.10.</summary>
public sealed class NonNegativeLeastSquaresTests
{
    private static readonly double[][] Columns = [[1, 0.3, 2, 1, 0.2], [2, 1, 0.1, 1, 3], [0.5, 2, 1, 1, 0.7]];

    [Fact]
    public void Solve_WhereTwoTermsWouldBeNegative_LeavesThemOut() => Expect([1, -0.5, 2, 0.4, -1], [0.82381729, 0, 0]);

    /// <summary>Whichever order they come in, and so whichever choice is tried last.</summary>
    [Fact]
    public void Solve_TakesTheBestChoice_NotTheLast()
    {
        var found = NonNegativeLeastSquares.Solve([Columns[2], Columns[1], Columns[0]], [1, -0.5, 2, 0.4, -1]);
        Assert.Equal([0, 0], found[..2]);
        Assert.Equal(0.82381729, found[2], 1e-8);
    }

    /// <summary>(2 − 1.8) / (1 + 0.81): a term that explains next to nothing is better than none.</summary>
    [Fact]
    public void Solve_OfATermThatHardlyFits_GivesItItsShare() =>
        Assert.Equal(0.2 / 1.81, NonNegativeLeastSquares.Solve([[1, -0.9]], [2, 2])[0], 1e-12);

    [Fact]
    public void Solve_OfAsManyTermsAsRows_IsExact_AndOfMoreFindsOne()
    {
        Assert.Equal(3, NonNegativeLeastSquares.Solve([[2]], [6])[0], 1e-12);
        var found = NonNegativeLeastSquares.Solve([[1], [2], [4]], [6]);
        Assert.Equal(6, found[0] + (2 * found[1]) + (4 * found[2]), 1e-12);
    }

    [Fact]
    public void Solve_TakesUpToSixTerms()
    {
        double[][] six = [.. Enumerable.Range(0, 6).Select(i => Enumerable.Range(0, 6).Select(j => i == j ? 1.0 : 0).ToArray())];
        Assert.Equal([1, 2, 3, 4, 5, 6], NonNegativeLeastSquares.Solve(six, [1, 2, 3, 4, 5, 6]).Select(value => Math.Round(value, 9)));
        Assert.Throws<ArgumentException>(() => NonNegativeLeastSquares.Solve([.. six, six[0]], [1, 2, 3, 4, 5, 6]));
        Assert.Throws<ArgumentException>(() => NonNegativeLeastSquares.Solve([], []));
    }

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
