using PythiaOrleans.Analyses.Devices;
using TorchSharp;
using static TorchSharp.torch;

namespace PythiaOrleans.Analyses.Decompositions;

/// <summary>
/// WᵀW of a tall matrix in float64: its lower triangle, from rows that are converted a few at a time. The matrix itself is never held in
/// float64 whole.
/// </summary>
internal static class Gram
{
    // Rows of this many values are converted at a time, 16 MB: glibc would ask the system for larger pieces each time, and clearing
    // its pages costs more than the product.
    private const long ValuesAtATime = 1 << 21;

    private const long ColumnsOfAPiece = 192;
    private const long MaxPieces = 8;

    /// <summary>The Gram matrix on the side of the smaller dimension.</summary>
    /// <param name="matrix">[m, n], any floating-point type, on any device.</param>
    /// <returns>[k, k] with k = min(m, n), float64, on the same device. Above the diagonal only what lies within a piece of columns is
    /// filled in.</returns>
    public static Tensor OfSmallerSide(Tensor matrix) => Compute(Tall(matrix));

    /// <summary>The matrix with the larger dimension first.</summary>
    public static Tensor Tall(Tensor matrix) => matrix.shape[0] >= matrix.shape[1] ? matrix : matrix.t();

    /// <summary>WᵀW; eigenvalues are to be asked of its lower triangle.</summary>
    /// <param name="tall">W [m, n].</param>
    public static Tensor Compute(Tensor tall) => Compute(tall, rows => rows, ValuesAtATime);

    /// <summary>WᵀW of rows that are changed on the way; eigenvalues are to be asked of its lower triangle.</summary>
    /// <param name="tall">[m, n].</param>
    /// <param name="change">Makes W's rows of some of these in float64, [k, n].</param>
    /// <param name="valuesAtATime">How many values are converted at a time.</param>
    public static Tensor Compute(Tensor tall, Func<Tensor, Tensor> change, long valuesAtATime)
    {
        using var scope = NewDisposeScope();
        var columns = tall.shape[1];
        var sum = zeros([columns, columns], float64, tall.device);
        var rowsAtATime = Math.Max(1, valuesAtATime / columns);
        for (long start = 0; start < tall.shape[0]; start += rowsAtATime)
        {
            using var own = NewDisposeScope();
            var rows = change(tall.narrow(0, start, Math.Min(rowsAtATime, tall.shape[0] - start)).to(float64));
            AddLower(sum, rows, Pieces(columns));
        }

        return sum.MoveToOuterDisposeScope();
    }

    /// <summary>Adds WᵀW: its lower triangle, and what lies above it within a piece of columns.</summary>
    /// <param name="sum">[n, n], float64.</param>
    /// <param name="rows">W [k, n]; float32 is multiplied in float32.</param>
    /// <param name="pieces">Pieces of columns: with eight of them 56 % of the products of the whole square are computed.</param>
    public static void AddLower(Tensor sum, Tensor rows, long pieces)
    {
        var columns = rows.shape[1];
        var piece = (columns + pieces - 1) / pieces;
        for (long from = 0; from < columns; from += piece)
        {
            var width = Math.Min(piece, columns - from);
            var place = sum.narrow(0, from, columns - from).narrow(1, from, width);
            var (left, right) = (rows.narrow(1, from, columns - from).t(), rows.narrow(1, from, width));
            _ = rows.dtype == float64 ? place.addmm_(left, right, 1, 1) : place.Accumulate(left.mm(right).to(float64), 1);
        }
    }

    /// <summary>The whole of a symmetric matrix of which the lower triangle is filled in.</summary>
    public static Tensor Mirror(Tensor lower)
    {
        using var triangle = lower.tril();
        using var below = triangle.tril(-1);
        return triangle.Plus(below.t());
    }

    private static long Pieces(long columns) => Math.Clamp(columns / ColumnsOfAPiece, 1, MaxPieces);
}
