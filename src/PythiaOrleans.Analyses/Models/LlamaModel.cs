using PythiaOrleans.Analyses.Devices;
using PythiaOrleans.Analyses.SvdDirections;
using PythiaOrleans.Checkpoints.Families;
using TorchSharp;
using static TorchSharp.torch;

namespace PythiaOrleans.Analyses.Models;

/// <summary>The forward pass of Llama and its like (Mistral, Qwen 2, OLMo, OLMo 2): rotary queries and keys, key and value heads shared by several query heads, gated SiLU, RMSNorm.</summary>
/// <remarks>
/// x ← x + attention(norm₁(x)); x ← x + mlp(norm₂(x)) (Touvron et al. 2023, arXiv:2302.13971). OLMo's norms are layer norms without parameters (Groeneveld et al. 2024,
/// arXiv:2402.00838); OLMo 2 norms all queries and all keys of a token together and what attention and MLP give: x ← x + norm₁(attention(x)) (arXiv:2501.00656).
/// </remarks>
internal sealed class LlamaModel(ModelShape shape, Func<WeightName, Tensor> weights, Rotary rotary) : IForwardPass
{
    private readonly long[] _normShape = [shape.HiddenSize];
    private readonly long _keyHeads = shape.KeyValueHeads ?? shape.Heads;
    private readonly bool _normsOutputs = shape.ModelType == "olmo2";

    /// <inheritdoc />
    public Tensor Embed(Tensor tokens) => Weight(Components.EmbedIn, null)
        .index_select(0, tokens.flatten()).view(tokens.shape[0], tokens.shape[1], shape.HiddenSize);

    /// <inheritdoc />
    public Tensor Block(Tensor x, int block)
    {
        using var scope = NewDisposeScope();
        if (_normsOutputs)
        {
            var heard = x.Plus(Norm(Attention(x, block), Components.PostAttentionLayerNorm, block));
            return heard.Plus(Norm(Mlp(heard, block), Components.PostMlpLayerNorm, block)).MoveToOuterDisposeScope();
        }

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
        var queries = Project(x, Components.Query, block);
        var keys = Project(x, Components.Key, block);
        if (_normsOutputs)
        {
            queries = queries.RmsNorm(Weight(Components.QueryNorm, block), shape.LayerNormEps);
            keys = keys.RmsNorm(Weight(Components.KeyNorm, block), shape.LayerNormEps);
        }

        var mixed = nn.functional.scaled_dot_product_attention(
            rotary.Apply(Heads(queries, shape.Heads)), Shared(rotary.Apply(Heads(keys, _keyHeads))), Shared(Heads(Project(x, Components.Value, block), _keyHeads)), is_casual: true);
        return Project(mixed.transpose(1, 2).reshape(batch, length, (long)shape.Heads * shape.HeadSize), Components.AttentionDense, block);

        // [batch, head, position, d_head]
        Tensor Heads(Tensor projected, long heads) => projected.view(batch, length, heads, shape.HeadSize).transpose(1, 2);

        // Heads 0 ... h/k - 1 of the queries read head 0 of the keys, the next ones head 1.
        Tensor Shared(Tensor few)
        {
            var sharing = shape.Heads / _keyHeads;
            return sharing == 1 ? few : few.unsqueeze(2).expand(batch, _keyHeads, sharing, length, shape.HeadSize).reshape(batch, shape.Heads, length, shape.HeadSize);
        }
    }

    private Tensor Mlp(Tensor x, int block) => Project(
        nn.functional.silu(Project(x, Components.MlpGate, block)).mul(Project(x, Components.MlpIn, block)), Components.MlpOut, block);

    private Tensor Project(Tensor x, string component, int block) =>
        nn.functional.linear(x, Weight(component, block), HasBias(component) ? weights(new WeightName(component, block, "bias")) : null);

    private bool HasBias(string component) => shape.AttentionBias
        && (component is Components.Query or Components.Key or Components.Value || (component == Components.AttentionDense && shape.ModelType != "qwen2"));

    private Tensor Norm(Tensor x, string component, int? block) => shape.ModelType == "olmo"
        ? nn.functional.layer_norm(x, _normShape, null, null, OlmoEps)
        : x.RmsNorm(Weight(component, block), shape.LayerNormEps);

    // Of the published model, whatever its configuration says.
    private const double OlmoEps = 1e-5;

    private Tensor Weight(string component, int? block) => weights(new WeightName(component, block, "weight"));
}
