using PythiaOrleans.Analyses.Devices;
using PythiaOrleans.Checkpoints.Families;
using TorchSharp;
using static TorchSharp.torch;

namespace PythiaOrleans.Analyses.Models;

/// <summary>A GPT-NeoX forward pass over a checkpoint's weights, wherever they come from: a file, or a model in training.</summary>
/// <remarks>
/// x ← x + attention(ln₁(x)) + mlp(ln₂(x)) (parallel residual); rows of query_key_value are grouped per head, (h, 3, d_head); rotary on the
/// first
/// rotary_pct · d_head dimensions, half with half; causal attention scaled by 1/√d_head; exact (erf) GELU; an unembedding of its own, or
/// the embedding's where the configuration ties them.
/// Black et al. 2022, arXiv:2204.06745, and the published configurations.
/// </remarks>
[ForwardPass("gpt_neox")]
internal sealed class NeoXModel(ModelShape shape, Func<WeightName, Tensor> weights, Rotary rotary) : IForwardPass
{
    private readonly PassWeights _weights = new(shape, weights);

    /// <summary>The logits of every position.</summary>
    /// <param name="tokens">[batch, length], int64.</param>
    /// <param name="observe">Called with the residual stream [batch, length, d] after the embedding (0) and after every block (1 ...
    /// L).</param>
    /// <returns>[batch, length, V].</returns>
    public Tensor Logits(Tensor tokens, Action<int, Tensor>? observe = null)
    {
        var x = Embed(tokens);
        observe?.Invoke(0, x);
        for (var block = 0; block < shape.Blocks; block++)
        {
            var before = x;
            x = Block(x, block);
            observe?.Invoke(block + 1, x);
            before.Dispose();
        }

        return nn.functional.linear(FinalNorm(x), Unembedding);
    }

    /// <inheritdoc />
    public Tensor Embed(Tensor tokens) => _weights.Embed(tokens);

    /// <inheritdoc />
    public Tensor Block(Tensor x, int block) => Block(x, block, null);

    /// <inheritdoc />
    /// <remarks>
    /// Without a scope of its own it would hold its intermediate tensors until the caller's scope ends, six times the stream and more.
    /// </remarks>
    public Tensor Block(Tensor x, int block, BlockReaders? readers)
    {
        using var scope = NewDisposeScope();
        var attended = x.Plus(Attention(_weights.LayerNorm(x, Components.InputLayerNorm, block), block, readers?.OnAttention));
        var read = shape.ParallelResidual ? x : attended;
        var written = readers.ShowMlp(Mlp(_weights.LayerNorm(read, Components.PostAttentionLayerNorm, block), block));
        return attended.Plus(written).MoveToOuterDisposeScope();
    }

    /// <inheritdoc />
    public Tensor FinalNorm(Tensor x) => _weights.LayerNorm(x, Components.FinalLayerNorm, null);

    /// <inheritdoc />
    public Tensor Unembedding => _weights.Unembedding;

    private Tensor Attention(Tensor x, int block, Action<AttentionInputs>? onAttention)
    {
        var heads = _weights.Linear(x, Components.QueryKeyValue, block)
            .view(x.shape[0], x.shape[1], shape.Heads, 3, shape.HeadSize)
            .permute(3, 0, 2, 1, 4) // [q k v, batch, head, position, d_head]
            .unbind();
        var mixed = CausalAttention.Mix(
            shape, block, rotary.Apply(heads[0], block), rotary.Apply(heads[1], block), heads[2], onAttention: onAttention);
        return _weights.Linear(mixed, Components.AttentionDense, block);
    }

    private Tensor Mlp(Tensor x, int block) =>
        _weights.Linear(nn.functional.gelu(_weights.Linear(x, Components.MlpIn, block)), Components.MlpOut, block);
}
