using System.Collections.Concurrent;

namespace PythiaOrleans.Checkpoints.Catalog;

/// <summary>How a model was trained, as far as series need it: learning rate, weight decay, tokens a step.</summary>
/// <param name="PeakLearningRate">At the end of warm-up.</param>
/// <param name="WarmupSteps">Steps of linear warm-up from 0.</param>
/// <param name="DecaySteps">The half period of the cosine after the warm-up.</param>
/// <param name="TotalSteps">Optimizer steps in all.</param>
/// <param name="FloorRatio">The learning rate never falls below this share of its peak once the warm-up is over.</param>
/// <param name="WeightDecay">Decoupled (AdamW); not applied to biases and norms.</param>
/// <param name="TokensPerStep">Tokens an optimizer step.</param>
public sealed record TrainingSchedule(
    double PeakLearningRate, double WarmupSteps, int DecaySteps, int TotalSteps, double FloorRatio, double WeightDecay, long TokensPerStep)
{
    // Sums over all steps are asked for again and again, once a checkpoint.
    private static readonly ConcurrentDictionary<TrainingSchedule, (double[] Sum, double[] LogDecay)> Cumulative = new();

    /// <summary>The learning rate of update n, counted from 0: linear warm-up, then a cosine that is clamped at the floor.</summary>
    /// <remarks>
    /// n &lt; w: peak · n / w; then max(floor · peak, peak/2 · (1 + cos(π (n − w) / decay))), with n − w at most decay.
    /// As GPT-NeoX v1.0 computes it (megatron/learning_rates.py), where decay is the whole run: the cosine meets Pythia's floor at step
    /// 115,139.
    /// </remarks>
    public double LearningRate(int step)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(step);
        if (step < WarmupSteps)
        {
            return PeakLearningRate * step / WarmupSteps;
        }

        var along = Math.Min(Math.Min(step, TotalSteps) - WarmupSteps, DecaySteps) / DecaySteps;
        return Math.Max(FloorRatio * PeakLearningRate, PeakLearningRate / 2 * (1 + Math.Cos(Math.PI * along)));
    }

    /// <summary>
    /// The sum of the learning rates of all updates before the checkpoint at <paramref name="step"/>: Σ lr(n), n &lt; step.
    /// </summary>
    public double SummedLearningRate(int step) => Table().Sum[Index(step)];

    /// <summary>
    /// What decoupled weight decay alone leaves of an initial weight at <paramref name="step"/>: Π (1 − decay · lr(n)), n &lt; step.
    /// </summary>
    public double DecayFactor(int step) => Math.Exp(Table().LogDecay[Index(step)]);

    /// <summary>Tokens seen by the checkpoint at <paramref name="step"/>.</summary>
    public long Tokens(int step) => step * TokensPerStep;

    private int Index(int step)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(step);
        return Math.Min(step, TotalSteps);
    }

    private (double[] Sum, double[] LogDecay) Table() => Cumulative.GetOrAdd(this, static schedule =>
    {
        var sum = new double[schedule.TotalSteps + 1];
        var logDecay = new double[schedule.TotalSteps + 1];
        for (var step = 0; step < schedule.TotalSteps; step++)
        {
            var rate = schedule.LearningRate(step);
            sum[step + 1] = sum[step] + rate;
            logDecay[step + 1] = logDecay[step] + Math.Log(1 - (schedule.WeightDecay * rate));
        }

        return (sum, logDecay);
    });
}
