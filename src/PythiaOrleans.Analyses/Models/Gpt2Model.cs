using PythiaOrleans.Analyses.Devices;
using PythiaOrleans.Analyses.SvdDirections;
using PythiaOrleans.Checkpoints.Families;
using TorchSharp;
using static TorchSharp.torch;

namespace PythiaOrleans.Analyses.Models;

/// <summary>A GPT-2 forward pass: learned positions, sequential blocks, x·W with W [in, out], tanh GELU, tied unembedding.</summary>
/// <remarks>x ← x + attention(ln₁(x)); x ← x + mlp(ln₂(x)). Radford et al. 2019, and the published configurations.</remarks>
internal sealed class Gpt2Model(ModelShape shape, Func<WeightName, Tensor> weights) : IForwardPass
{
    private readonly long[] _normShape = [shape.HiddenSize];

    /// <inheritdoc />
    public Tensor Embed(Tensor tokens)
    {
        using var scope = NewDisposeScope();
        var (batch, length) = (tokens.shape[0], tokens.shape[1]);
        var words = Weight(Components.EmbedIn, null).index_select(0, tokens.flatten()).view(batch, length, shape.HiddenSize);
        return words.Plus(Weight(Components.EmbedPosition, null).narrow(0, 0, length)).MoveToOuterDisposeScope();
    }

    /// <inheritdoc />
    public Tensor Block(Tensor x, int block)
    {
        using var scope = NewDisposeScope();
        var attended = x.Plus(Attention(Norm(x, Components.InputLayerNorm, block), block));
        return attended.Plus(Mlp(Norm(attended, Components.PostAttentionLayerNorm, block), block)).MoveToOuterDisposeScope();
    }

    /// <inheritdoc />
    public Tensor FinalNorm(Tensor x) => Norm(x, Components.FinalLayerNorm, null);

    /// <inheritdoc />
    public Tensor Unembedding => Weight(shape.TiedEmbedding ? Components.EmbedIn : Components.EmbedOut, null);

    private Tensor Attention(Tensor x, int block)
    {
        var (batch, length) = (x.shape[0], x.shape[1]);
        var heads = Linear(x, Components.QueryKeyValue, block)
            .view(batch, length, 3, shape.Heads, shape.HeadSize)
            .permute(2, 0, 3, 1, 4) // [q k v, batch, head, position, d_head]
            .unbind();
        var mixed = nn.functional.scaled_dot_product_attention(heads[0], heads[1], heads[2], is_casual: true);
        return Linear(mixed.transpose(1, 2).reshape(batch, length, shape.HiddenSize), Components.AttentionDense, block);
    }

    private Tensor Mlp(Tensor x, int block) => Linear(Linear(x, Components.MlpIn, block).TanhGelu(), Components.MlpOut, block);

    // Stored [in, out]: the transpose is a view.
    private Tensor Linear(Tensor x, string component, int block) =>
        nn.functional.linear(x, Weight(component, block).t(), weights(new WeightName(component, block, "bias")));

    private Tensor Norm(Tensor x, string component, int? block) => nn.functional.layer_norm(
        x, _normShape, Weight(component, block), weights(new WeightName(component, block, "bias")), shape.LayerNormEps);

    private Tensor Weight(string component, int? block) => weights(new WeightName(component, block, "weight"));
}
