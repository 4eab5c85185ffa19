using PythiaOrleans.Analyses.Devices;
using PythiaOrleans.Analyses.SvdDirections;
using PythiaOrleans.Checkpoints.Families;
using TorchSharp;
using static TorchSharp.torch;

namespace PythiaOrleans.Analyses.Models;

/// <summary>A GPT-NeoX forward pass over a checkpoint's weights, wherever they come from: a file, or a model in training.</summary>
/// <remarks>
/// x ← x + attention(ln₁(x)) + mlp(ln₂(x)) (parallel residual); rows of query_key_value are grouped per head, (h, 3, d_head); rotary on the first
/// rotary_pct · d_head dimensions, half with half; causal attention scaled by 1/√d_head; exact (erf) GELU; no weight tying.
/// Black et al. 2022, arXiv:2204.06745, and the published configurations.
/// </remarks>
internal sealed class NeoXModel(ModelShape shape, Func<WeightName, Tensor> weights, Rotary rotary) : IForwardPass
{
    private readonly long[] _normShape = [shape.HiddenSize];

    /// <summary>The logits of every position.</summary>
    /// <param name="tokens">[batch, length], int64.</param>
    /// <param name="observe">Called with the residual stream [batch, length, d] after the embedding (0) and after every block (1 ... L).</param>
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
    public Tensor Embed(Tensor tokens) => weights(new WeightName(Components.EmbedIn, null, "weight"))
        .index_select(0, tokens.flatten()).view(tokens.shape[0], tokens.shape[1], shape.HiddenSize);

    /// <inheritdoc />
    /// <remarks>Without a scope of its own it would hold its intermediate tensors until the caller's scope ends, six times the stream and more.</remarks>
    public Tensor Block(Tensor x, int block)
    {
        using var scope = NewDisposeScope();
        var attended = x.Plus(Attention(Norm(x, Components.InputLayerNorm, block), block));
        var read = shape.ParallelResidual ? x : attended;
        return attended.Plus(Mlp(Norm(read, Components.PostAttentionLayerNorm, block), block)).MoveToOuterDisposeScope();
    }

    /// <inheritdoc />
    public Tensor FinalNorm(Tensor x) => Norm(x, Components.FinalLayerNorm, null);

    /// <inheritdoc />
    public Tensor Unembedding => weights(new WeightName(Components.EmbedOut, null, "weight"));

    private Tensor Attention(Tensor x, int block)
    {
        var (batch, length) = (x.shape[0], x.shape[1]);
        var heads = Linear(x, Components.QueryKeyValue, block)
            .view(batch, length, shape.Heads, 3, shape.HeadSize)
            .permute(3, 0, 2, 1, 4) // [q k v, batch, head, position, d_head]
            .unbind();
        var mixed = nn.functional.scaled_dot_product_attention(rotary.Apply(heads[0]), rotary.Apply(heads[1]), heads[2], is_casual: true);
        return Linear(mixed.transpose(1, 2).reshape(batch, length, shape.HiddenSize), Components.AttentionDense, block);
    }

    private Tensor Mlp(Tensor x, int block) => Linear(nn.functional.gelu(Linear(x, Components.MlpIn, block)), Components.MlpOut, block);

    private Tensor Linear(Tensor x, string component, int block) => nn.functional.linear(
        x, weights(new WeightName(component, block, "weight")), weights(new WeightName(component, block, "bias")));

    private Tensor Norm(Tensor x, string component, int? block) => nn.functional.layer_norm(
        x, _normShape, weights(new WeightName(component, block, "weight")), weights(new WeightName(component, block, "bias")), shape.LayerNormEps);
}
