using PythiaOrleans.Analyses.Devices;
using PythiaOrleans.Checkpoints.Families;
using TorchSharp;
using static TorchSharp.torch;

namespace PythiaOrleans.Analyses.Models;

/// <summary>
/// The forward pass of Llama and its like (Mistral, Qwen 2 and 3, OLMo 1 to 3, SmolLM 3): rotary queries and keys, key and value heads
/// shared by several query heads,
/// gated SiLU, RMSNorm.
/// </summary>
/// <remarks>
/// x ← x + attention(norm₁(x)); x ← x + mlp(norm₂(x)) (Touvron et al. 2023, arXiv:2302.13971). OLMo's norms are layer norms without
/// parameters (Groeneveld et al. 2024,
/// arXiv:2402.00838); OLMo 2 norms all queries and all keys of a token together and what attention and MLP give: x ← x +
/// norm₁(attention(x)) (arXiv:2501.00656); Qwen 3 norms
/// the queries and keys of each head (arXiv:2505.09388). OLMo 3 scales rotary frequencies only in blocks without a window.
/// </remarks>
[ForwardPass("llama", "mistral", "olmo", "olmo2", "olmo3", "qwen2", "qwen3", "smollm3")]
internal sealed class LlamaModel(ModelShape shape, Func<WeightName, Tensor> weights, Rotary rotary) : IForwardPass
{
    private readonly PassWeights _weights = new(shape, weights);
    private readonly LlamaVariant _variant = LlamaVariant.All[shape.ModelType];
    private readonly long _keyHeads = shape.KeyValueHeads ?? shape.Heads;

    /// <inheritdoc />
    public Tensor Embed(Tensor tokens) => _weights.Embed(tokens);

    /// <inheritdoc />
    public Tensor Block(Tensor x, int block) => Block(x, block, null);

    /// <inheritdoc />
    public Tensor Block(Tensor x, int block, BlockReaders? readers)
    {
        using var scope = NewDisposeScope();
        if (_variant.Norms == LlamaNorms.OfOutputs)
        {
            var mixed = x.Plus(Norm(Attention(x, block, readers?.OnAttention), Components.PostAttentionLayerNorm, block));
            var normed = readers.ShowMlp(Norm(Mlp(mixed, block), Components.PostMlpLayerNorm, block));
            return mixed.Plus(normed).MoveToOuterDisposeScope();
        }

        var attended = x.Plus(Attention(Norm(x, Components.InputLayerNorm, block), block, readers?.OnAttention));
        var written = readers.ShowMlp(Mlp(Norm(attended, Components.PostAttentionLayerNorm, block), block));
        return attended.Plus(written).MoveToOuterDisposeScope();
    }

    /// <inheritdoc />
    public Tensor FinalNorm(Tensor x) => Norm(x, Components.FinalLayerNorm, null);

    /// <inheritdoc />
    public Tensor Unembedding => _weights.Unembedding;

    private Tensor Attention(Tensor x, int block, Action<AttentionInputs>? onAttention)
    {
        var (batch, length) = (x.shape[0], x.shape[1]);
        var queries = Rotate(Heads(Project(x, Components.Query, block), Components.QueryNorm, shape.Heads));
        var keys = Rotate(Heads(Project(x, Components.Key, block), Components.KeyNorm, _keyHeads));
        var values = Heads(Project(x, Components.Value, block), null, _keyHeads);
        var mixed = CausalAttention.Mix(shape, block, queries, Repeat(keys), Repeat(values), onAttention: onAttention);
        return _weights.Linear(mixed, Components.AttentionDense, block);

        // [batch, head, position, d_head], normed where the variant does so
        Tensor Heads(Tensor projected, string? norm, long heads)
        {
            var isNormed = norm is not null && _variant.NormsQueriesAndKeys;
            var all = isNormed && !_variant.NormsEachHead ? Norm(projected, norm!, block) : projected;
            var apart = all.view(batch, length, heads, shape.HeadSize);
            return (isNormed && _variant.NormsEachHead ? Norm(apart, norm!, block) : apart).transpose(1, 2);
        }

        Tensor Rotate(Tensor heads) =>
            rotary.Apply(heads, block, !_variant.ScalesRotaryInFullBlocksOnly || shape.WindowOf(block) == int.MaxValue);

        // Heads 0 ... h/k - 1 of the queries read head 0 of the keys, the next ones head 1.
        Tensor Repeat(Tensor heads)
        {
            var sharing = shape.Heads / _keyHeads;
            return sharing == 1
                ? heads
                : heads.unsqueeze(2).expand(batch, _keyHeads, sharing, length, shape.HeadSize)
                    .reshape(batch, shape.Heads, length, shape.HeadSize);
        }
    }

    private Tensor Mlp(Tensor x, int block) => _weights.Linear(
        nn.functional.silu(_weights.Linear(x, Components.MlpGate, block)).mul(_weights.Linear(x, Components.MlpIn, block)),
        Components.MlpOut, block);

    private Tensor Project(Tensor x, string component, int block)
    {
        var projected = _weights.Linear(x, component, block);
        return shape.AttentionClamp is { } limit ? projected.clamp(-limit, limit) : projected;
    }

    private Tensor Norm(Tensor x, string component, int? block) => _variant.Norms == LlamaNorms.WithoutParameters
        ? _weights.LayerNorm(x, component, block)
        : x.RmsNorm(_weights[component, block], shape.LayerNormEps);
}
