using PythiaOrleans.Analyses.Devices;
using PythiaOrleans.Checkpoints.Families;
using TorchSharp;
using static TorchSharp.torch;

namespace PythiaOrleans.Analyses.Models;

/// <summary>A GPT-2 forward pass: learned positions, sequential blocks, x·W with W [in, out], tanh GELU, tied unembedding.</summary>
/// <remarks>x ← x + attention(ln₁(x)); x ← x + mlp(ln₂(x)). Radford et al. 2019, and the published configurations.</remarks>
[ForwardPass("gpt2")]
internal sealed class Gpt2Model : IForwardPass
{
    private readonly ModelShape _shape;
    private readonly PassWeights _weights;

    /// <summary>A pass over these weights.</summary>
    public Gpt2Model(ModelShape shape, Func<WeightName, Tensor> weights, Rotary rotary)
    {
        _ = rotary; // positions are learned
        (_shape, _weights) = (shape, new PassWeights(shape, weights));
    }

    /// <inheritdoc />
    public Tensor Embed(Tensor tokens)
    {
        using var scope = NewDisposeScope();
        var positions = _weights[Components.EmbedPosition, null].narrow(0, 0, tokens.shape[1]);
        return _weights.Embed(tokens).Plus(positions).MoveToOuterDisposeScope();
    }

    /// <inheritdoc />
    public Tensor Block(Tensor x, int block) => Block(x, block, null);

    /// <inheritdoc />
    public Tensor Block(Tensor x, int block, BlockReaders? readers)
    {
        using var scope = NewDisposeScope();
        var attended = x.Plus(Attention(_weights.LayerNorm(x, Components.InputLayerNorm, block), block, readers?.OnAttention));
        var written = readers.ShowMlp(Mlp(_weights.LayerNorm(attended, Components.PostAttentionLayerNorm, block), block));
        return attended.Plus(written).MoveToOuterDisposeScope();
    }

    /// <inheritdoc />
    public Tensor FinalNorm(Tensor x) => _weights.LayerNorm(x, Components.FinalLayerNorm, null);

    /// <inheritdoc />
    public Tensor Unembedding => _weights.Unembedding;

    private Tensor Attention(Tensor x, int block, Action<AttentionInputs>? onAttention)
    {
        var heads = _weights.Linear(x, Components.QueryKeyValue, block)
            .view(x.shape[0], x.shape[1], 3, _shape.Heads, _shape.HeadSize)
            .permute(2, 0, 3, 1, 4) // [q k v, batch, head, position, d_head]
            .unbind();
        var mixed = CausalAttention.Mix(_shape, block, heads[0], heads[1], heads[2], onAttention: onAttention);
        return _weights.Linear(mixed, Components.AttentionDense, block);
    }

    private Tensor Mlp(Tensor x, int block) =>
        _weights.Linear(_weights.Linear(x, Components.MlpIn, block).TanhGelu(), Components.MlpOut, block);
}
