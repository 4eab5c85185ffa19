using PythiaOrleans.Analyses.Decompositions;
using PythiaOrleans.Analyses.Devices;
using PythiaOrleans.Analyses.Models;
using PythiaOrleans.Checkpoints.Families;
using PythiaOrleans.Checkpoints.Formats;
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

    // The rows are read in two halves side by side, on any machine: their sums must not depend on the number of cores.
    private const int Halves = 2;

    // Eᵀ E is symmetric: with four pieces of columns 62 % of it are computed.
    private const long Pieces = 4;

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
                    Scores(Circuits(heads.Values, copies, heads.Outputs)),
                    Scores(Circuits(heads.Keys, matches, heads.Queries.transpose(1, 2))));
            },
            input.Threads,
            cancellationToken);
    }

    // [h, k, k] in float32, for its middle was multiplied in float32 and is no better; float64 takes twice as long.
    private static Tensor Circuits(Tensor left, Tensor middle, Tensor right) => left.to(float32).matmul(middle).matmul(right.to(float32));

    // Eᵀ U diag(final gain) and Eᵀ E, [d, d] each in float32, of ids that are tokens; where the embedding is tied, one product serves both.
    private static (Tensor Copies, Tensor Matches) EmbeddingProducts(AnalysisInput input, CancellationToken cancellationToken)
    {
        var (shape, device) = (input.Checkpoint.Shape, input.Device.Torch);
        var embedding = Stored(Components.EmbedIn);
        var unembedding = shape.TiedEmbedding ? null : Stored(Components.EmbedOut);
        var starts = Enumerable.Range(0, (int)((Tokens() + RowsAtATime - 1) / RowsAtATime)).Select(i => i * RowsAtATime).ToArray();
        var sums = CoreThreads.Map(
            starts.Chunk((starts.Length + Halves - 1) / Halves).ToArray(),
            _ => 1,
            half =>
            {
                using var off = no_grad();
                using var own = NewDisposeScope();
                Tensor matches = Zeros(), copies = Zeros();
                foreach (var start in half)
                {
                    using var piece = NewDisposeScope();
                    var rows = Rows(embedding, start);
                    Gram.AddLower(matches, rows, Pieces);
                    if (unembedding is not null)
                    {
                        copies.Accumulate(rows.t().mm(Rows(unembedding, start)).to(float64), 1);
                    }
                }

                return (Copies: copies.DetachFromDisposeScope(), Matches: matches.DetachFromDisposeScope());
            },
            input.Threads,
            cancellationToken);
        using var scope = NewDisposeScope();
        Array.ForEach(sums, half => scope.Attach([half.Copies, half.Matches]));
        var (symmetric, general) = (Gram.Mirror(Sum(half => half.Matches)), Sum(half => half.Copies));
        using var loaded = new LoadedWeights(input.Checkpoint, device, type: null);
        var gain = HeadFactors.Gain(new PassWeights(shape, name => loaded[name]), Components.FinalLayerNorm, null);
        var copying = unembedding is null ? symmetric : general;
        return ((gain is null ? copying : copying.mul(gain)).to(float32).MoveToOuterDisposeScope(),
            symmetric.to(float32).MoveToOuterDisposeScope());

        Tensor Sum(Func<(Tensor Copies, Tensor Matches), Tensor> of) =>
            sums.Select(of).Aggregate((sum, half) => sum.Accumulate(half, 1));

        StoredTensor Stored(string component) => input.Checkpoint[new WeightName(component, null, "weight")].Tensor;

        long Tokens() => Math.Min(input.Model.TokenCount, shape.VocabularyRows);

        Tensor Zeros() => zeros([shape.HiddenSize, shape.HiddenSize], float64, device);

        Tensor Rows(StoredTensor stored, long start) =>
            StoredRows.ReadRange(stored, start, Math.Min(RowsAtATime, Tokens() - start)).to(device).to(float32);
    }

    // Of each of [h, k, k]. Eigenvalues of a matrix that is not symmetric are the host's work on every device.
    private static double[] Scores(Tensor circuits)
    {
        var heads = (int)circuits.shape[0];
        if (!circuits.isfinite().all().item<bool>())
        {
            return [.. Enumerable.Repeat(double.NaN, heads)];
        }

        var eigenvalues = linalg.eigvals(circuits.cpu().to(float64)); // [h, k], complex
        return eigenvalues.real.sum(1).div(eigenvalues.abs().sum(1)).data<double>().ToArray();
    }
}
