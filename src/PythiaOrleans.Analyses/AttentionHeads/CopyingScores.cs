using PythiaOrleans.Analyses.Devices;
using PythiaOrleans.Analyses.Models;
using PythiaOrleans.Checkpoints.Families;
using TorchSharp;
using static TorchSharp.torch;

namespace PythiaOrleans.Analyses.AttentionHeads;

/// <summary>
/// What the heads of a block do with tokens, by their weights alone: Σ Re λ / Σ |λ| of their circuits (Elhage et al. 2021).
/// </summary>
/// <remarks>
/// W_U W_O W_V W_E says which tokens a head makes more likely where it looks at a token, W_Eᵀ W_Qᵀ W_K W_E which tokens a token looks at;
/// both are [V, V], and have the eigenvalues of matrices of d_head: of W_V (Eᵀ U) W_O and of W_K (Eᵀ E) W_Qᵀ, E and U [V, d] being
/// embedding and unembedding. Gains of norms are in the matrices that they feed; positions, biases and what a norm divides by are left out.
/// 1: every token speaks for itself; −1: against itself.
/// </remarks>
/// <param name="OutputValue">One score for each head; NaN where weights are not finite.</param>
/// <param name="QueryKey">One score for each head.</param>
internal sealed record CopyingScores(double[] OutputValue, double[] QueryKey)
{
    // Rows of embeddings that are multiplied in float32 before they are added up in float64.
    private const long RowsAtATime = 2048;

    /// <summary>The scores of every block.</summary>
    public static CopyingScores[] Compute(AnalysisInput input, CancellationToken cancellationToken)
    {
        using var off = no_grad();
        using var scope = NewDisposeScope();
        var (shape, device) = (input.Checkpoint.Shape, input.Device.Torch);
        if (!HeadFactors.AreKnown(shape))
        {
            double[] none = [.. Enumerable.Repeat(double.NaN, shape.Heads)];
            return [.. Enumerable.Repeat(new CopyingScores(none, none), shape.Blocks)];
        }

        var products = EmbeddingProducts(input, cancellationToken);
        using var copies = products.Copies;
        using var matches = products.Matches;
        return CoreThreads.Map(
            [.. Enumerable.Range(0, shape.Blocks)],
            _ => 1,
            block =>
            {
                using var offHere = no_grad();
                using var own = NewDisposeScope();
                using var weights = new LoadedWeights(input.Checkpoint, device, type: null);
                var heads = HeadFactors.Read(shape, name => weights[name], block);
                return new CopyingScores(
                    Scores(heads.Values.matmul(copies).matmul(heads.Outputs)),
                    Scores(heads.Keys.matmul(matches).matmul(heads.Queries.transpose(1, 2))));
            },
            input.Threads,
            cancellationToken);
    }

    // Eᵀ U diag(final gain) and Eᵀ E, [d, d] each, of ids that are tokens; where the embedding is tied, one product serves both.
    private static (Tensor Copies, Tensor Matches) EmbeddingProducts(AnalysisInput input, CancellationToken cancellationToken)
    {
        using var loaded = new LoadedWeights(input.Checkpoint, input.Device.Torch, type: null);
        var weights = new PassWeights(input.Checkpoint.Shape, name => loaded[name]);
        var tokens = Math.Min(input.Model.TokenCount, input.Checkpoint.Shape.VocabularyRows);
        var (embedding, unembedding) = (weights[Components.EmbedIn, null], weights.Unembedding);
        var gain = HeadFactors.Gain(weights, Components.FinalLayerNorm, null);
        Tensor[] others = input.Checkpoint.Shape.TiedEmbedding ? [embedding] : [embedding, unembedding];
        var products = CoreThreads.Map(
            others,
            _ => 1,
            other =>
            {
                using var off = no_grad();
                using var own = NewDisposeScope();
                return Product(embedding, other, tokens).DetachFromDisposeScope();
            },
            input.Threads,
            cancellationToken);
        var copies = gain is null ? products[^1].clone() : products[^1].mul(gain);
        if (products.Length > 1)
        {
            products[1].Dispose();
        }

        return (copies, products[0]);
    }

    private static Tensor Product(Tensor left, Tensor right, long rows)
    {
        var sum = zeros([left.shape[1], right.shape[1]], float64, left.device);
        for (long start = 0; start < rows; start += RowsAtATime)
        {
            using var own = NewDisposeScope();
            var count = Math.Min(RowsAtATime, rows - start);
            var product = left.narrow(0, start, count).to(float32).t().mm(right.narrow(0, start, count).to(float32));
            sum.Accumulate(product.to(float64), 1);
        }

        return sum;
    }

    // Of each of [h, k, k]. Eigenvalues of a matrix that is not symmetric are the host's work on every device.
    private static double[] Scores(Tensor circuits)
    {
        var heads = (int)circuits.shape[0];
        if (!circuits.isfinite().all().item<bool>())
        {
            return [.. Enumerable.Repeat(double.NaN, heads)];
        }

        var eigenvalues = linalg.eigvals(circuits.cpu()); // [h, k], complex
        return eigenvalues.real.sum(1).div(eigenvalues.abs().sum(1)).data<double>().ToArray();
    }
}
