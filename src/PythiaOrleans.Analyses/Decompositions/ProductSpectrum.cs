using TorchSharp;
using static TorchSharp.torch;

namespace PythiaOrleans.Analyses.Decompositions;

/// <summary>The singular values of products of a tall and a wide matrix, which are never formed.</summary>
/// <remarks>A = Q₁ R₁, Bᵀ = Q₂ R₂: the singular values of A B are those of R₁ R₂ᵀ, [k, k].</remarks>
internal static class ProductSpectrum
{
    /// <summary>Of each of many products.</summary>
    /// <param name="tall">A [n, m, k], float64, on any device.</param>
    /// <param name="wide">B [n, k, m].</param>
    /// <returns>Descending, min(k, m) of each.</returns>
    public static double[][] Compute(Tensor tall, Tensor wide)
    {
        using var scope = NewDisposeScope();
        var (_, left) = linalg.qr(tall);
        var (_, right) = linalg.qr(wide.transpose(1, 2));
        var values = linalg.svdvals(left.matmul(right.transpose(1, 2))).cpu().contiguous();
        return [.. values.data<double>().ToArray().Chunk((int)values.shape[1])];
    }
}
