using System.Runtime.ExceptionServices;
using PythiaOrleans.Analyses.Models;
using PythiaOrleans.Checkpoints.Families;
using static TorchSharp.torch;

namespace PythiaOrleans.Analyses.Passes;

/// <summary>
/// What one analysis takes from a forward pass that others observe too. It only reads: the pass has the same numbers with and without it.
/// </summary>
/// <remarks>
/// A part is some rows that pass together, on a thread of their own: calls for different parts come at the same time. Tensors are freed
/// after the call.
/// </remarks>
internal abstract class PassObserver
{
    /// <summary>Rows beyond the batch, of one length, that pass through the blocks with it; only their attention is shown.</summary>
    public virtual long[][] FurtherRows => [];

    /// <summary>Whether <see cref="OnAttention"/> reads anything.</summary>
    public virtual bool ReadsAttention => false;

    /// <summary>Whether <see cref="OnMlp"/> reads anything.</summary>
    public virtual bool ReadsMlp => false;

    /// <summary>Whether <see cref="OnLogits"/> reads anything.</summary>
    public virtual bool ReadsLogits => false;

    /// <summary>Whether the loss is needed.</summary>
    public virtual bool ReadsLoss => false;

    /// <summary>The first thing that failed here; the observer is left out from then on, and other analyses are not disturbed.</summary>
    public ExceptionDispatchInfo? Failure { get; private set; }

    /// <summary>Before the first part comes to a place.</summary>
    /// <param name="place">The place.</param>
    /// <param name="parts">The parts of the batch.</param>
    public virtual void OnPlaceStart(StreamPlace place, int parts)
    {
    }

    /// <summary>The stream of one part of the batch at a place, [rows, length, d].</summary>
    public virtual void OnStream(StreamPlace place, PassPart part, Tensor stream)
    {
    }

    /// <summary>
    /// After the last part: what is still to be done there, in pieces that may run at the same time, and while the stream comes to the next
    /// place. They have ended before the next place does.
    /// </summary>
    public virtual IEnumerable<Action> OnPlaceEnd(StreamPlace place) => [];

    /// <summary>What a block's attention compares in one part of the batch, or of <see cref="FurtherRows"/>.</summary>
    public virtual void OnAttention(int block, PassPart part, AttentionInputs attention)
    {
    }

    /// <summary>What a block's MLP adds to the stream of one part of the batch, [rows, length, d].</summary>
    public virtual void OnMlp(int block, PassPart part, Tensor written)
    {
    }

    /// <summary>Logits of one position of a part, as <see cref="LogitsReader"/> says.</summary>
    public virtual double OnLogits(PassPart part, int row, int position, long start, ReadOnlySpan<float> logits, float largest) =>
        LogSums.SumOfPowers(logits, largest);

    /// <summary>The loss of each row of a part, summed over the predicted tokens, in nats; where an observer asks for it.</summary>
    public virtual void OnLosses(PassPart part, double[] losses)
    {
    }

    /// <summary>After the batch's logits, with the weights around the blocks: pieces of work that may run at the same time.</summary>
    /// <param name="model">The model; norm and unembedding may be used.</param>
    /// <param name="weights">The model's weights by name.</param>
    public virtual IEnumerable<Action> OnLogitsEnd(IForwardPass model, Func<WeightName, Tensor> weights) => [];

    /// <summary>The end of the pass.</summary>
    /// <param name="loss">Mean next-token cross-entropy on the batch, in nats; NaN where no observer needs it.</param>
    public virtual void OnEnd(double loss)
    {
    }

    /// <summary>Runs something of this observer, unless it failed before, and keeps its failure.</summary>
    public void Try(Action action)
    {
        if (Failure is not null)
        {
            return;
        }

        try
        {
            action();
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            Fail(error);
        }
    }

    /// <summary>Shows logits, which no closure can hold; else as <see cref="Try"/>.</summary>
    /// <returns>The sum of their exponentials; null where this observer has failed.</returns>
    public double? TryLogits(PassPart part, int row, int position, long start, ReadOnlySpan<float> logits, float largest)
    {
        if (Failure is not null)
        {
            return null;
        }

        try
        {
            return OnLogits(part, row, position, start, logits, largest);
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            Fail(error);
            return null;
        }
    }

    private void Fail(Exception error) => Failure ??= ExceptionDispatchInfo.Capture(error);
}
