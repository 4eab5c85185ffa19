using PythiaOrleans.Analyses.Devices;
using PythiaOrleans.Checkpoints.Families;
using TorchSharp;
using static TorchSharp.torch;

namespace PythiaOrleans.Analyses.Models;

/// <summary>
/// A BLOOM forward pass: a norm of the embedding, sequential blocks, ALiBi instead of positions, tanh GELU, tied unembedding.
/// </summary>
/// <remarks>
/// x ← x + attention(ln₁(x)); x ← x + mlp(ln₂(x)); rows of query_key_value are grouped per head, (h, 3, d_head). Scores of head i fall by
/// slope mᵢ with the distance of two
/// tokens (Press et al. 2021, arXiv:2108.12409; BigScience 2022, arXiv:2211.05100). The norm of the embedding is applied at the start of
/// block 0, so that the stream before it
/// is the embedding itself.
/// </remarks>
[ForwardPass("bloom")]
internal sealed class BloomModel : IForwardPass
{
    private readonly ModelShape _shape;
    private readonly PassWeights _weights;

    /// <summary>A pass over these weights.</summary>
    public BloomModel(ModelShape shape, Func<WeightName, Tensor> weights, Rotary rotary)
    {
        _ = rotary; // positions enter by ALiBi
        (_shape, _weights) = (shape, new PassWeights(shape, weights));
    }

    /// <inheritdoc />
    public Tensor Embed(Tensor tokens) => _weights.Embed(tokens);

    /// <inheritdoc />
    public Tensor Block(Tensor x, int block) => Block(x, block, null);

    /// <inheritdoc />
    public Tensor Block(Tensor x, int block, BlockReaders? readers)
    {
        using var scope = NewDisposeScope();
        var stream = block == 0 ? _weights.LayerNorm(x, Components.EmbeddingNorm, null) : x;
        var attended = stream.Plus(Attention(_weights.LayerNorm(stream, Components.InputLayerNorm, block), block, readers?.OnAttention));
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
            .view(x.shape[0], x.shape[1], _shape.Heads, 3, _shape.HeadSize)
            .permute(3, 0, 2, 1, 4) // [q k v, batch, head, position, d_head]
            .unbind();
        var mixed = CausalAttention.Mix(_shape, block, heads[0], heads[1], heads[2], Alibi((int)x.shape[1], x.device), onAttention);
        return _weights.Linear(mixed, Components.AttentionDense, block);
    }

    private Tensor Mlp(Tensor x, int block) =>
        _weights.Linear(_weights.Linear(x, Components.MlpIn, block).TanhGelu(), Components.MlpOut, block);

    // [head, 1, position]: slope times position; a softmax sees only differences of positions.
    private Tensor Alibi(int length, Device device)
    {
        var slopes = Slopes(_shape.Heads);
        var bias = new float[_shape.Heads * length];
        for (var i = 0; i < bias.Length; i++)
        {
            bias[i] = (float)(slopes[i / length] * (i % length));
        }

        return tensor(bias, [_shape.Heads, 1, length], device: device);
    }

    // 2^(−8 i / n) for n heads, a power of two; further heads take every second slope of 2n.
    private static double[] Slopes(int heads)
    {
        var power = 1 << (int)Math.Floor(Math.Log2(heads));
        return
        [
            .. Enumerable.Range(1, power).Select(i => Math.Pow(2, -8.0 * i / power)),
            .. Enumerable.Range(0, heads - power).Select(i => Math.Pow(2, -8.0 * ((2 * i) + 1) / (2 * power))),
        ];
    }
}
