using PythiaOrleans.Analyses.Devices;
using TorchSharp;
using static TorchSharp.torch;

namespace PythiaOrleans.Analyses.Models;

/// <summary>
/// The backward pass from the next-token cross-entropy through the unembedding, row by row in memory that is allocated once.
/// </summary>
/// <remarks>
/// With p = softmax(E x) and y the next token, ∂/∂x = s (p − e_y) E and ∂/∂E = s (p − e_y) xᵀ. libtorch's own graph would hold the logits
/// of each row four times, in pages that
/// are new each time.
/// </remarks>
internal sealed class LossGradient : IDisposable
{
    private readonly Tensor _unembedding;
    private readonly Tensor _logits;
    private readonly double _share;

    /// <summary>Allocates the memory.</summary>
    /// <param name="unembedding">E [V, d].</param>
    /// <param name="predicted">Predicted tokens of a row.</param>
    /// <param name="share">s: the weight of each token's loss in what is differentiated.</param>
    public LossGradient(Tensor unembedding, int predicted, double share)
    {
        using var off = no_grad();
        _unembedding = unembedding.detach().DetachFromDisposeScope();
        _share = share;
        _logits = empty([predicted, unembedding.shape[0]], float32, unembedding.device).DetachFromDisposeScope();
        UnembeddingGradient = zeros([.. unembedding.shape], float32, unembedding.device).DetachFromDisposeScope();
    }

    /// <summary>The gradient of all rows so far with respect to E [V, d], float32.</summary>
    public Tensor UnembeddingGradient { get; }

    /// <summary>Adds a row.</summary>
    /// <param name="normed">x of each predicted token [predicted, d].</param>
    /// <param name="next">The tokens that follow.</param>
    /// <param name="upstream">The gradient with respect to x, in its own numbers; the caller's scope frees it.</param>
    /// <returns>The row's summed loss.</returns>
    public double Add(Tensor normed, long[] next, out Tensor upstream)
    {
        using var off = no_grad();
        using var scope = NewDisposeScope();
        var x = normed.detach();
        var isSingle = x.dtype == ScalarType.Float32;
        if (isSingle)
        {
            _logits.addmm_(x, _unembedding.t(), 0, 1);
        }
        else
        {
            _logits.copy_(x.mm(_unembedding.t()));
        }

        var target = tensor(next, [next.Length, 1]).to(x.device);
        _logits.Accumulate(_logits.amax([1], keepdim: true), -1);
        var nextLogits = _logits.gather(1, target).sum(type: float64).item<double>();
        var sums = _logits.exp_().sum(dim: 1, keepdim: true);
        var loss = sums.log().sum(type: float64).item<double>() - nextLogits;
        _logits.mul_(sums.reciprocal().Scale(_share)); // s p
        _logits.scatter_add_(1, target, full([next.Length, 1], -_share, dtype: float32, device: x.device));
        var error = isSingle ? _logits : _logits.to(x.dtype);
        upstream = error.mm(_unembedding).MoveToOuterDisposeScope();
        if (isSingle)
        {
            UnembeddingGradient.addmm_(error.t(), x, 1, 1);
        }
        else
        {
            UnembeddingGradient.Accumulate(error.t().mm(x).to(float32), 1);
        }

        return loss;
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _unembedding.Dispose();
        _logits.Dispose();
        UnembeddingGradient.Dispose();
    }
}
