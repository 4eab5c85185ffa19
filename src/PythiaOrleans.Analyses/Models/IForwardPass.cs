using static TorchSharp.torch;

namespace PythiaOrleans.Analyses.Models;

/// <summary>
/// A family's forward pass over a checkpoint's weights, block by block, so that weights can be fetched and freed between blocks.
/// </summary>
/// <remarks>
/// An implementation has a <see cref="ForwardPassAttribute"/> and a constructor (ModelShape, Func&lt;WeightName, Tensor&gt;, Rotary).
/// </remarks>
public interface IForwardPass
{
    /// <summary>The residual stream before the first block.</summary>
    /// <param name="tokens">[batch, length], int64.</param>
    /// <returns>[batch, length, d].</returns>
    Tensor Embed(Tensor tokens);

    /// <summary>One block on the residual stream.</summary>
    /// <param name="x">[batch, length, d].</param>
    /// <param name="block">From 0.</param>
    /// <returns>[batch, length, d], a new tensor; intermediate tensors are freed.</returns>
    Tensor Block(Tensor x, int block);

    /// <summary>The same, and shows what it computes inside.</summary>
    /// <remarks>
    /// A pass that does not implement it shows nothing: then <c>attention-heads</c> refuses the model, and <c>stream-controls</c> leaves
    /// out what it says of the MLP.
    /// </remarks>
    /// <param name="x">[batch, length, d].</param>
    /// <param name="block">From 0.</param>
    /// <param name="readers">Who looks; null where no analysis does.</param>
    Tensor Block(Tensor x, int block, BlockReaders? readers) => Block(x, block);

    /// <summary>The norm before the unembedding, [..., d] to [..., d]: a new tensor, which the caller frees.</summary>
    Tensor FinalNorm(Tensor x);

    /// <summary>What the normed stream is multiplied with to make logits, [V, d].</summary>
    Tensor Unembedding { get; }
}
