using PythiaOrleans.Checkpoints.Families;
using TorchSharp;
using static TorchSharp.torch;

namespace PythiaOrleans.Analyses.Models;

/// <summary>Attention in which a token sees itself and those before it, within a window where the model has one.</summary>
public static class CausalAttention
{
    /// <summary>
    /// softmax(Q Kᵀ · scale) V, with the scale 1/√d_head, or what the shape says instead (Vaswani et al. 2017, arXiv:1706.03762).
    /// </summary>
    /// <param name="shape">The model's.</param>
    /// <param name="block">From 0; some blocks have a window, some divide by their number.</param>
    /// <param name="queries">[batch, head, position, d_head].</param>
    /// <param name="keys">As the queries.</param>
    /// <param name="values">As the queries.</param>
    /// <param name="bias">Added to the scaled products before the softmax, [head, 1, position]; null adds nothing.</param>
    /// <param name="onAttention">Is shown what is compared; null where no analysis looks.</param>
    /// <returns>[batch, position, head · d_head].</returns>
    public static Tensor Mix(
        ModelShape shape, int block, Tensor queries, Tensor keys, Tensor values, Tensor? bias = null,
        Action<AttentionInputs>? onAttention = null)
    {
        ArgumentNullException.ThrowIfNull(shape);
        ArgumentNullException.ThrowIfNull(queries);
        onAttention?.Invoke(new AttentionInputs(
            queries, keys, bias, Scale(shape, block) / Math.Sqrt(shape.HeadSize), shape.WindowOf(block)));
        var (batch, length) = (queries.shape[0], queries.shape[2]);
        var scaled = Scale(shape, block) is var scale and not 1
            ? queries.mul(tensor((float)scale, device: queries.device).to(queries.dtype))
            : queries;
        var window = shape.WindowOf(block);
        var mixed = window >= length && bias is null
            ? nn.functional.scaled_dot_product_attention(scaled, keys, values, is_casual: true)
            : nn.functional.scaled_dot_product_attention(scaled, keys, values, Mask(length, window, bias, queries));
        return mixed.transpose(1, 2).reshape(batch, length, (long)shape.Heads * shape.HeadSize);
    }

    // Relative to 1/√d_head, which libtorch applies.
    private static double Scale(ModelShape shape, int block) =>
        (shape.ScalesAttention ? 1 : Math.Sqrt(shape.HeadSize)) / (shape.ScalesAttentionByBlock ? block + 1 : 1);

    // Added before the softmax: minus infinity where a token is not seen.
    private static Tensor Mask(long length, int window, Tensor? bias, Tensor like)
    {
        var position = arange(length, device: like.device);
        var distance = position.unsqueeze(1).sub(position);
        var hidden = distance.lt(0).logical_or(distance.ge(window));
        var mask = (bias?.expand([bias.shape[0], length, length]) ?? zeros([length, length], device: like.device)).to(like.dtype);
        return mask.masked_fill(hidden, float.NegativeInfinity);
    }
}
