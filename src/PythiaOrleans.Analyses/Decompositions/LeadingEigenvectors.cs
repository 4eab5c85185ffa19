using PythiaOrleans.Analyses.Devices;
using TorchSharp;
using static TorchSharp.torch;

namespace PythiaOrleans.Analyses.Decompositions;

/// <summary>The largest eigenvalues of a symmetric matrix without negative ones, and their eigenvectors, in float64.</summary>
/// <remarks>
/// A block Krylov method with full orthogonalisation (Golub and Van Loan, Matrix Computations, 4th edition, 10.3.6) finds those of a large
/// matrix. For 30 of 2,048 it takes a third of the time of the decomposition with all eigenvectors, for 30 of 4,096 a fifth. What it finds
/// is proved before it is given: residuals and orthogonality are measured, and σI − (G − XΛXᵀ) has a Cholesky decomposition only if
/// no eigenvalue above σ was missed. Where eigenvalues fall too slowly, as at the start of training, and where a proof fails, the dense
/// decomposition answers.
/// </remarks>
internal static class LeadingEigenvectors
{
    // Below, the dense decomposition is as fast.
    private const long SmallestForKrylov = 1536;

    // Columns of each block, more than are asked for: with them the last wanted eigenvalues converge sooner.
    private const int Spare = 10;

    // The basis at most, as a share of the matrix's rows: with a larger one the dense decomposition is faster.
    private const double LargestBasis = 0.4;

    // Blocks before the first look at what was found, and from it to the second; later ones are where the first two say.
    private const int FirstLook = 8;
    private const int SecondLook = 11;

    // The search goes on only if residuals at the first look are below this share of the last wanted eigenvalue. Those of trained matrices
    // are 1e-3 to 1e-5, those of random ones near 4e-2, whatever stands out above them.
    private const double Promising = 2e-3;

    // Residuals |Gx − λx| in the end, as a share of the largest eigenvalue.
    private const double Tolerance = 1e-13;

    // How far from orthogonal two of the eigenvectors may be.
    private const double Skewness = 1e-12;

    // What a missed eigenvalue may be above the last one found, as a share of it: equal ones cannot be told apart.
    private const double Slack = 1e-9;

    /// <summary>Eigenvalues, descending, and their eigenvectors.</summary>
    /// <param name="gram">G [d, d], float64, positive semidefinite; its lower triangle is enough.</param>
    /// <param name="count">k, at most d.</param>
    /// <returns>[k] and, as columns, [d, k]; the caller disposes them.</returns>
    public static (Tensor Values, Tensor Vectors) Compute(Tensor gram, int count)
    {
        using var off = no_grad();
        var isLarge = gram.shape[0] >= SmallestForKrylov && gram.device.type == DeviceType.CPU;
        return (isLarge ? ByKrylov(gram, count) : null) ?? ByDense(gram, count);
    }

    /// <summary>By the decomposition with all eigenvectors.</summary>
    public static (Tensor Values, Tensor Vectors) ByDense(Tensor gram, int count)
    {
        using var scope = NewDisposeScope();
        var (values, vectors) = linalg.eigh(gram);
        return (
            values.flip(0).narrow(0, 0, count).contiguous().MoveToOuterDisposeScope(),
            vectors.flip(1).narrow(1, 0, count).contiguous().MoveToOuterDisposeScope());
    }

    /// <summary>By the Krylov method.</summary>
    /// <returns>Null where it would take too long or does not prove what it found.</returns>
    public static (Tensor Values, Tensor Vectors)? ByKrylov(Tensor gram, int count)
    {
        using var scope = NewDisposeScope();
        var whole = Gram.Mirror(gram);
        return Search(whole, count) is { } found && IsProved(whole, found.Values, found.Vectors)
            ? (found.Values.MoveToOuterDisposeScope(), found.Vectors.MoveToOuterDisposeScope())
            : null;
    }

    // Orthonormal columns, the same each time. Any columns work unless they are orthogonal to the wanted vectors.
    private static Tensor Start(long rows, long width)
    {
        var random = new Random(1);
        var values = new double[rows * width];
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = random.NextDouble() - 0.5;
        }

        return linalg.qr(tensor(values, [rows, width])).Q;
    }

    /// <summary>Whether these are the largest eigenvalues, and none was missed.</summary>
    /// <param name="whole">G [d, d]; it is written over.</param>
    /// <param name="values">Descending [k].</param>
    /// <param name="vectors">[d, k].</param>
    public static bool IsProved(Tensor whole, Tensor values, Tensor vectors)
    {
        using var scope = NewDisposeScope();
        var scaled = vectors.mul(values);
        var residual = LargestNorm(whole.mm(vectors).Accumulate(scaled, -1)) / values[0].item<double>();
        var skewness = vectors.t().mm(vectors).Accumulate(eye(values.shape[0], dtype: float64), -1).abs().max().item<double>();
        if (!(residual <= 10 * Tolerance && skewness <= Skewness))
        {
            return false;
        }

        // σI − G + XΛXᵀ, in the place of G.
        var rest = whole.neg_().addmm_(scaled, vectors.t(), 1, 1);
        rest.diagonal().Accumulate(ones(rest.shape[0], dtype: float64), values[^1].item<double>() * (1 + Slack));
        var (_, failedAt) = linalg.cholesky_ex(rest);
        return failedAt.item<int>() == 0;
    }

    private static (Tensor Values, Tensor Vectors)? Search(Tensor whole, int count)
    {
        using var scope = NewDisposeScope();
        var (rows, width) = (whole.shape[0], count + Spare);
        var blocks = (int)(rows * LargestBasis / width);
        if (blocks < SecondLook)
        {
            return null;
        }

        var basis = empty([rows, blocks * width], float64);
        var projected = zeros([blocks * width, blocks * width], float64);
        var (look, lookedAt, before) = (FirstLook, 0, 1.0);
        basis.narrow(1, 0, width).copy_(Start(rows, width));
        for (var made = 1; ; made++)
        {
            using var own = NewDisposeScope();
            var size = made * width;
            var known = basis.narrow(1, 0, size);
            var next = whole.mm(known.narrow(1, size - width, width));
            var coefficients = known.t().mm(next);
            projected.narrow(1, size - width, width).narrow(0, 0, size).copy_(coefficients);
            next.addmm_(known, coefficients, 1, -1);
            var (direction, rest) = linalg.qr(next.addmm_(known, known.t().mm(next), 1, -1));
            if (made == look)
            {
                // Of the projection, which is symmetric, the upper triangle was computed.
                var (values, vectors) = linalg.eigh(projected.narrow(0, 0, size).narrow(1, 0, size).t());
                var leading = vectors.narrow(1, size - count, count).flip(1);
                var (largest, last) = (values[^1].item<double>(), values[^count].item<double>());
                var residual = LargestNorm(rest.mm(leading.narrow(0, size - width, width))) / largest;
                if (residual <= Tolerance)
                {
                    return (
                        values.narrow(0, size - count, count).flip(0).MoveToOuterDisposeScope().MoveToOuterDisposeScope(),
                        known.mm(leading).MoveToOuterDisposeScope().MoveToOuterDisposeScope());
                }

                var perBlock = Math.Log(before / residual) / (made - lookedAt);
                var wanted = lookedAt == 0 ? SecondLook : made + Math.Ceiling(Math.Log(residual / Tolerance) / perBlock);
                if (!(residual * largest <= Promising * last && perBlock > 0 && wanted <= blocks))
                {
                    return null;
                }

                (look, lookedAt, before) = ((int)wanted, made, residual);
            }

            // A direction that holds nothing but rounding is orthogonal to the others only after this.
            direction.addmm_(known, known.t().mm(direction), 1, -1);
            basis.narrow(1, size, width).copy_(linalg.qr(direction).Q);
        }
    }

    private static double LargestNorm(Tensor columns) => columns.square().sum([0]).sqrt().max().item<double>();
}
