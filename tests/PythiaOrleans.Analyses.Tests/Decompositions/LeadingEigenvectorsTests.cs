using PythiaOrleans.Analyses.Decompositions;
using TorchSharp;
using static TorchSharp.torch;

namespace PythiaOrleans.Analyses.Tests;

public class LeadingEigenvectorsTests
{
    private const int Rows = 600;
    private const int Count = 8;

    // Eigenvalues like those of trained matrices: a few large ones, and a tail that falls slowly.
    private static readonly double[] Trained = [.. Enumerable.Range(1, Rows).Select(i => Math.Pow(i, -0.8))];

    [Fact]
    public void Krylov_FindsWhatTheDenseDecompositionFinds_FromTheLowerTriangle()
    {
        using var scope = NewDisposeScope();
        var gram = Symmetric(Basis(), Trained);

        var (values, vectors) = LeadingEigenvectors.ByKrylov(gram.tril(), Count)!.Value;

        var (expected, directions) = LeadingEigenvectors.ByDense(gram, Count);
        Assert.Equal([Rows, Count], vectors.shape);
        Assert.Equal(Doubles(expected), Doubles(values), (a, b) => Math.Abs(a - b) <= 1e-13 * a);
        Assert.All(Doubles(vectors.mul(directions).sum([0]).abs()), cosine => Assert.Equal(1, cosine, 1e-12));
    }

    [Fact]
    public void LargeMatrices_AreAnsweredAsWell_AndEachTimeTheSame()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(5);
        var scales = arange(1, 1601, dtype: float64).pow(-0.4);
        var factor = randn([1700, 1600], float64, generator: generator).mul(scales);
        var gram = factor.t().mm(factor);

        var (values, vectors) = LeadingEigenvectors.Compute(gram, 30);
        var (again, vectorsAgain) = LeadingEigenvectors.Compute(gram, 30);

        Assert.NotNull(LeadingEigenvectors.ByKrylov(gram, 30));
        Assert.Equal(Doubles(LeadingEigenvectors.ByDense(gram, 30).Values), Doubles(values), (a, b) => Math.Abs(a - b) <= 1e-13 * a);
        Assert.Equal(Doubles(values), Doubles(again));
        Assert.Equal(Doubles(vectors), Doubles(vectorsAgain));
    }

    /// <summary>More equal eigenvalues than a block has columns: any of their vectors will do.</summary>
    [Fact]
    public void EqualEigenvalues_AreAllFound()
    {
        using var scope = NewDisposeScope();
        var gram = Symmetric(Basis(), [.. Enumerable.Repeat(2.0, 25), .. Trained[25..]]);

        var (values, vectors) = LeadingEigenvectors.ByKrylov(gram, Count)!.Value;

        Assert.All(Doubles(values), value => Assert.Equal(2, value, 1e-12));
        Assert.True(gram.mm(vectors).sub(vectors.mul(2)).abs().max().item<double>() < 1e-11);
    }

    /// <summary>The leading ones are proved; not where one of them is missing, is not quite an eigenvector, or is there twice.</summary>
    [Fact]
    public void Proof_FailsWhereOneIsMissing()
    {
        using var scope = NewDisposeScope();
        var gram = Symmetric(Basis(), Trained);
        var (values, vectors) = LeadingEigenvectors.ByDense(gram, Count + 1);

        Assert.True(Proved(0, 1, 2, 3, 4, 5, 6, 7));
        Assert.False(Proved(0, 1, 2, 3, 4, 5, 6, 8));
        Assert.False(Proved(1, 2, 3, 4, 5, 6, 7, 8));
        Assert.False(Proved(0, 1, 2, 3, 4, 5, 6, 6));
        vectors[1, 3] += 1e-9;
        Assert.False(Proved(0, 1, 2, 3, 4, 5, 6, 7));

        bool Proved(params long[] which)
        {
            using var chosen = tensor(which);
            return LeadingEigenvectors.IsProved(gram.clone(), values[chosen], vectors.index_select(1, chosen));
        }
    }

    [Fact]
    public void RandomMatrices_AndThoseOfLittleRank_AreLeftToTheDenseDecomposition()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(7);
        var random = randn([2 * Rows, Rows], float64, generator: generator);
        var little = Symmetric(Basis(), [.. Trained[..3], .. new double[Rows - 3]]);

        Assert.Null(LeadingEigenvectors.ByKrylov(random.t().mm(random), Count));
        Assert.Null(LeadingEigenvectors.ByKrylov(little, Count));
        Assert.Null(LeadingEigenvectors.ByKrylov(zeros(Rows, Rows, float64), Count));
        Assert.Null(LeadingEigenvectors.ByKrylov(Symmetric(Basis().narrow(0, 0, 40).narrow(1, 0, 40), Trained[..40]), Count)); // too small
    }

    private static Tensor Basis()
    {
        using var generator = new Generator(3);
        return linalg.qr(randn([Rows, Rows], float64, generator: generator)).Q;
    }

    private static Tensor Symmetric(Tensor vectors, double[] values) => vectors.mul(tensor(values)).mm(vectors.t());

    private static double[] Doubles(Tensor values) => values.contiguous().data<double>().ToArray();
}
