using PythiaOrleans.Analyses.Models;
using static TorchSharp.torch;

namespace PythiaOrleans.Analyses.Passes;

/// <summary>Rows that pass through the model together.</summary>
/// <param name="index">Which part, from 0.</param>
/// <param name="firstRow">Which row of the batch, or of the further rows, its first one is.</param>
/// <param name="isFurther">Whether they are beyond the batch.</param>
/// <param name="tokens">Their tokens.</param>
/// <param name="model">The model, for sequences of their length.</param>
internal sealed class PassPart(int index, int firstRow, bool isFurther, BatchPart tokens, IForwardPass model) : IDisposable
{
    /// <summary>Which part, from 0.</summary>
    public int Index => index;

    /// <summary>Which row of the batch, or of the further rows, its first one is.</summary>
    public int FirstRow => firstRow;

    /// <summary>Whether they are beyond the batch.</summary>
    public bool IsFurther => isFurther;

    /// <summary>Their tokens.</summary>
    public BatchPart Tokens => tokens;

    /// <summary>The model, for sequences of their length.</summary>
    public IForwardPass Model => model;

    /// <summary>The stream at the place that they passed last; null before the embedding. It belongs to no dispose scope.</summary>
    public Tensor? Stream { get; set; }

    /// <inheritdoc />
    public void Dispose() => Stream?.Dispose();
}
