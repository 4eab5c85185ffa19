using PythiaOrleans.Checkpoints.Families;
using TorchSharp;
using static TorchSharp.torch;

namespace PythiaOrleans.Analyses.Models;

/// <summary>The four matrices of each attention head of a block, in float64, as functions of the normed stream.</summary>
/// <remarks>
/// However a family stores them: in one matrix or apart, [out, in] or [in, out], keys and values shared by several heads (then they are
/// there once for each). The gains of norms are multiplied into the matrices that they feed, so that moving a gain into a matrix changes
/// nothing: of the norm before the attention into what reads the stream, of a norm of queries or keys into those, of a norm after the
/// attention into what writes. Biases are left out.
/// </remarks>
/// <param name="Queries">W_Q [h, d_head, d].</param>
/// <param name="Keys">W_K [h, d_head, d].</param>
/// <param name="Values">W_V [h, d_head, d].</param>
/// <param name="Outputs">W_O [h, d, d_head].</param>
internal sealed record HeadFactors(Tensor Queries, Tensor Keys, Tensor Values, Tensor Outputs)
{
    /// <summary>Whether a model's family says where its heads are.</summary>
    public static bool AreKnown(ModelShape shape)
    {
        var layout = ModelFamilies.LayoutOf(shape);
        return ModelFamilies.IsKnown(shape.ModelType)
            && (Has(Components.QueryKeyValue) || (Has(Components.Query) && Has(Components.Key) && Has(Components.Value)))
            && Has(Components.AttentionDense);

        bool Has(string component) => layout.Has(new WeightName(component, 0, "weight"));
    }

    /// <summary>Reads a block's heads; the tensors belong to the caller's dispose scope.</summary>
    /// <param name="shape">The model's.</param>
    /// <param name="read">Gives a weight by its name, in any floating-point type.</param>
    /// <param name="block">From 0.</param>
    public static HeadFactors Read(ModelShape shape, Func<WeightName, Tensor> read, int block)
    {
        using var scope = NewDisposeScope();
        var weights = new PassWeights(shape, read);
        var (queries, keys, values) = Stored(shape, weights, block);
        var input = Gain(weights, Components.InputLayerNorm, block);
        var factors = new HeadFactors(
            Normed(queries, Components.QueryNorm),
            OfEachHead(shape, Normed(keys, Components.KeyNorm)),
            OfEachHead(shape, Folded(values, input)),
            Writing(shape, weights, block));
        _ = factors.Queries.MoveToOuterDisposeScope();
        _ = factors.Keys.MoveToOuterDisposeScope();
        _ = factors.Values.MoveToOuterDisposeScope();
        _ = factors.Outputs.MoveToOuterDisposeScope();
        return factors;

        // A gain of each head's own size, or of all heads side by side.
        Tensor Normed(Tensor heads, string norm)
        {
            var folded = Folded(heads, input);
            return Gain(weights, norm, block) is { } gain
                ? folded.mul(gain.shape[0] == shape.HeadSize ? gain.unsqueeze(1) : gain.view(heads.shape[0], shape.HeadSize, 1))
                : folded;
        }
    }

    /// <summary>The half of it that says what heads write: W_V and W_O.</summary>
    /// <inheritdoc cref="Read" />
    public static (Tensor Values, Tensor Outputs) ReadValuesAndOutputs(ModelShape shape, Func<WeightName, Tensor> read, int block)
    {
        using var scope = NewDisposeScope();
        var weights = new PassWeights(shape, read);
        var input = Gain(weights, Components.InputLayerNorm, block);
        var values = OfEachHead(shape, Folded(Stored(shape, weights, block).Values, input));
        return (values.MoveToOuterDisposeScope(), Writing(shape, weights, block).MoveToOuterDisposeScope());
    }

    /// <summary>The gain of a norm in float64; null where the model has none.</summary>
    public static Tensor? Gain(PassWeights weights, string norm, int? block) =>
        weights.Has(norm, block) ? weights[norm, block].to(float64) : null;

    // [heads, d_head, d] as they are stored: the whole block in float64 would be most of what a task holds in memory.
    private static (Tensor Queries, Tensor Keys, Tensor Values) Stored(ModelShape shape, PassWeights weights, int block)
    {
        return weights.Has(Components.QueryKeyValue, block)
            ? Fused(shape, weights, block)
            : (
                Apart(Components.Query, shape.Heads),
                Apart(Components.Key, shape.KeyValueHeads ?? shape.Heads),
                Apart(Components.Value, shape.KeyValueHeads ?? shape.Heads));

        Tensor Apart(string component, int heads) => weights.Matrix(component, block).reshape(heads, shape.HeadSize, shape.HiddenSize);
    }

    // Rows grouped per head, (h, 3, d_head); or queries, keys and values side by side, where the matrix is stored [in, out].
    private static (Tensor Queries, Tensor Keys, Tensor Values) Fused(ModelShape shape, PassWeights weights, int block)
    {
        var matrix = weights.Matrix(Components.QueryKeyValue, block);
        var parts = weights.IsTransposed(Components.QueryKeyValue, block)
            ? matrix.reshape(3, shape.Heads, shape.HeadSize, shape.HiddenSize)
            : matrix.view(shape.Heads, 3, shape.HeadSize, shape.HiddenSize).transpose(0, 1);
        return (parts[0], parts[1], parts[2]);
    }

    // In float64, with the gain of the norm before the attention.
    private static Tensor Folded(Tensor heads, Tensor? gain)
    {
        var own = heads.to(float64).contiguous();
        return gain is null ? own : own.mul(gain);
    }

    private static Tensor OfEachHead(ModelShape shape, Tensor heads) =>
        heads.shape[0] == shape.Heads ? heads : heads.repeat_interleave(shape.Heads / heads.shape[0], 0);

    // W_O [h, d, d_head], with the gain of a norm after the attention.
    private static Tensor Writing(ModelShape shape, PassWeights weights, int block)
    {
        var outputs = weights.Matrix(Components.AttentionDense, block)
            .reshape(shape.HiddenSize, shape.Heads, shape.HeadSize).transpose(0, 1).to(float64);
        if (weights.Has(Components.PostMlpLayerNorm, block)) // a family that norms what attention gives
        {
            outputs = outputs.mul(Gain(weights, Components.PostAttentionLayerNorm, block)!.unsqueeze(1));
        }

        return outputs.contiguous();
    }
}
