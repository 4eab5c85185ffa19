using TorchSharp;
using static TorchSharp.torch;

namespace PythiaOrleans.Analyses.Decompositions;

/// <summary>The singular values of a matrix in float64.</summary>
/// <remarks>
/// Square roots of the eigenvalues of the smaller Gram matrix, made in float64 from exact products: their relative error is about 2e-16
/// k²/2 for a value k times smaller than the largest, so that they are taken by a dense decomposition where k exceeds a million.
/// </remarks>
internal static class SingularValues
{
    private const double LargestCondition = 1e6;

    /// <summary>All singular values, descending.</summary>
    /// <param name="matrix">[m, n], any floating-point type, on any device.</param>
    public static double[] Compute(Tensor matrix)
    {
        using var off = no_grad();
        using var gram = Gram.OfSmallerSide(matrix);
        return Compute(matrix, gram);
    }

    /// <summary>All singular values, descending, of a matrix whose Gram matrix is known.</summary>
    /// <param name="matrix">[m, n], any floating-point type, on any device.</param>
    /// <param name="gram">Its <see cref="Gram"/>.</param>
    public static double[] Compute(Tensor matrix, Tensor gram)
    {
        using var off = no_grad();
        using var scope = NewDisposeScope();
        var squares = Doubles(linalg.eigvalsh(gram));
        var values = squares.Select(square => Math.Sqrt(Math.Max(square, 0))).Reverse().ToArray();
        return values.Length > 0 && values[^1] * LargestCondition < values[0]
            ? Doubles(linalg.svdvals(Gram.Tall(matrix).to(float64)))
            : values;
    }

    private static double[] Doubles(Tensor values)
    {
        using var near = values.cpu();
        return near.data<double>().ToArray();
    }
}
