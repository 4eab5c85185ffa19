using PythiaOrleans.Numerics.Regression;

namespace PythiaOrleans.Numerics.Tests;

public sealed class OrthonormalBasisTests
{
    /// <summary>The line through (0, 1), (1, 0), (2, 2), (3, 5) is −.1 + 1.4 t.</summary>
    [Fact]
    public void Residual_IsThatOfLeastSquares()
    {
        var basis = new OrthonormalBasis(4);
        basis.Add([1, 1, 1, 1]);
        Equal([-1, -2, 0, 3], basis.Residual([1, 0, 2, 5]));

        basis.Add([0, 1, 2, 3]);
        Equal([1.1, -1.3, -0.7, 0.9], basis.Residual([1, 0, 2, 5]));
    }

    [Fact]
    public void Column_ThatTheOthersExplain_ChangesNothing()
    {
        var basis = new OrthonormalBasis(4);
        basis.Add([1, 1, 1, 1]);
        basis.Add([0, 1, 2, 3]);
        var before = basis.Residual([1, 0, 2, 5]);

        basis.Add([1e6, 1e6 + 1, 1e6 + 2, 1e6 + 3]);
        basis.Add([0, 0, 0, 0]);

        Assert.Equal(before, basis.Residual([1, 0, 2, 5]));
    }

    [Fact]
    public void Column_OfAnotherLength_IsRefused()
    {
        var error = Assert.Throws<ArgumentException>(() => new OrthonormalBasis(4).Add([1, 2]));
        Assert.Contains("Expected 4 rows, found 2", error.Message, StringComparison.Ordinal);
    }

    private static void Equal(double[] expected, double[] found) =>
        Assert.All(expected.Zip(found), pair => Assert.Equal(pair.First, pair.Second, 1e-12));
}
