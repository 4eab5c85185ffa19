using TorchSharp;
using static TorchSharp.torch;

namespace PythiaOrleans.Analyses;

/// <summary>The singular values of a matrix in float64.</summary>
/// <remarks>
/// Square roots of the eigenvalues of the smaller Gram matrix, made in float64 from exact products: their relative error is about 2e-16 k²/2 for a value k times
/// smaller than the largest, so that they are taken by a dense decomposition where k exceeds a million. The matrix itself is never held in float64 whole.
/// </remarks>
internal static class SingularValues
{
    private const double LargestCondition = 1e6;
    private const int RowsAtATime = 2048;

    /// <summary>All singular values, descending.</summary>
    /// <param name="matrix">[m, n], any floating-point type, on any device.</param>
    public static double[] Of(Tensor matrix)
    {
        using var off = no_grad();
        using var scope = NewDisposeScope();
        var tall = matrix.shape[0] >= matrix.shape[1] ? matrix : matrix.t();
        var squares = Doubles(linalg.eigvalsh(Gram(tall)));
        var values = squares.Select(square => Math.Sqrt(Math.Max(square, 0))).Reverse().ToArray();
        return values.Length > 0 && values[^1] * LargestCondition < values[0]
            ? Doubles(linalg.svdvals(tall.to(float64)))
            : values;
    }

    private static Tensor Gram(Tensor tall)
    {
        var sum = zeros([tall.shape[1], tall.shape[1]], float64, tall.device);
        for (long start = 0; start < tall.shape[0]; start += RowsAtATime)
        {
            using var scope = NewDisposeScope();
            var rows = tall.narrow(0, start, Math.Min(RowsAtATime, tall.shape[0] - start)).to(float64);
            sum.addmm_(rows.t(), rows, 1, 1);
        }

        return sum;
    }

    private static double[] Doubles(Tensor values)
    {
        using var near = values.cpu();
        return near.data<double>().ToArray();
    }
}
