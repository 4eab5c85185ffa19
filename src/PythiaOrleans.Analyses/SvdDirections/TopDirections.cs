using PythiaOrleans.Analyses.Decompositions;
using TorchSharp;
using static TorchSharp.torch;

namespace PythiaOrleans.Analyses.SvdDirections;

/// <summary>The leading singular directions of a matrix on the side of the residual stream, in float64.</summary>
/// <param name="Values">Singular values, descending [k].</param>
/// <param name="Vectors">The directions as rows [k, d]; the caller disposes it.</param>
internal sealed record TopDirections(double[] Values, Tensor Vectors) : IDisposable
{
    /// <summary>Of WᵀW: the right singular vectors of W [m, d], what the matrix reads from the stream.</summary>
    /// <param name="gram">WᵀW [d, d], float64; its lower triangle is enough.</param>
    /// <param name="maxCount">k, at most.</param>
    public static TopDirections FromGram(Tensor gram, int maxCount)
    {
        using var scope = NewDisposeScope();
        var (squares, vectors) = LeadingEigenvectors.Compute(gram, (int)Math.Min(maxCount, gram.shape[0]));
        var values = squares.cpu().data<double>().ToArray();
        var rows = vectors.t().contiguous();
        return new TopDirections(Array.ConvertAll(values, value => Math.Sqrt(Math.Max(value, 0))), rows.MoveToOuterDisposeScope());
    }

    /// <summary>
    /// Of the products O V [d, d] of rank d_head, one for each head: their left singular vectors, what heads write to the stream.
    /// </summary>
    /// <remarks>
    /// O = Q_o R_o, Vᵀ = Q_v R_v; the singular vectors of O V are Q_o times those of R_o R_vᵀ, [d_head, d_head]. No product is formed.
    /// </remarks>
    /// <param name="outputs">O of every head [h, d, d_head], float64.</param>
    /// <param name="values">V of every head [h, d_head, d], float64.</param>
    /// <param name="maxCount">k, at most.</param>
    public static IReadOnlyList<TopDirections> FromProducts(Tensor outputs, Tensor values, int maxCount)
    {
        using var scope = NewDisposeScope();
        var (left, leftCore) = linalg.qr(outputs);
        var (_, rightCore) = linalg.qr(values.transpose(1, 2));
        var (vectors, singular, _) = linalg.svd(leftCore.matmul(rightCore.transpose(1, 2)), fullMatrices: false);
        var count = (int)Math.Min(maxCount, singular.shape[1]);
        var rows = left.matmul(vectors.narrow(2, 0, count)).transpose(1, 2).contiguous(); // [h, k, d]
        var all = singular.narrow(1, 0, count).contiguous().cpu().data<double>().ToArray();
        return
        [
            .. Enumerable.Range(0, (int)outputs.shape[0]).Select(head =>
                new TopDirections(all[(head * count)..((head + 1) * count)], rows[head].clone().MoveToOuterDisposeScope())),
        ];
    }

    /// <inheritdoc />
    public void Dispose() => Vectors.Dispose();
}
