using System.Collections.Concurrent;
using System.Globalization;
using System.Text;

namespace PythiaOrleans.Checkpoints.Catalog;

/// <summary>How a model was trained, as far as series need it: learning rate, weight decay, tokens a step.</summary>
/// <param name="PeakLearningRate">At the end of warm-up.</param>
/// <param name="WarmupSteps">Steps of linear warm-up from 0.</param>
/// <param name="DecaySteps">The half period of the cosine after the warm-up.</param>
/// <param name="TotalSteps">Optimizer steps in all.</param>
/// <param name="FloorRatio">The learning rate never falls below this share of its peak once the warm-up is over.</param>
/// <param name="WeightDecay">Decoupled (AdamW); not applied to biases and norms.</param>
/// <param name="TokensPerStep">Tokens of one optimizer update.</param>
public sealed record TrainingSchedule(
    double PeakLearningRate, double WarmupSteps, int DecaySteps, int TotalSteps, double FloorRatio, double WeightDecay, long TokensPerStep)
{
    /// <summary>How the learning rate falls after the warm-up.</summary>
    public DecayKind Decay { get; init; }

    /// <summary>
    /// Steps, as checkpoints are named, of one optimizer update: 2 in the Pythia v0 models that used batches of 4M tokens.
    /// </summary>
    public int StepsPerUpdate { get; init; } = 1;

    // Sums over all steps are asked for again and again, once a checkpoint.
    private static readonly ConcurrentDictionary<TrainingSchedule, (double[] Sum, double[] LogDecay)> Cumulative = new();

    // What is printed is in the signatures of stored series: a schedule that could be said before is printed as it was.
    private bool PrintMembers(StringBuilder text)
    {
        text.Append(CultureInfo.InvariantCulture, $"PeakLearningRate = {PeakLearningRate}, WarmupSteps = {WarmupSteps}, ")
            .Append(CultureInfo.InvariantCulture, $"DecaySteps = {DecaySteps}, TotalSteps = {TotalSteps}, FloorRatio = {FloorRatio}, ")
            .Append(CultureInfo.InvariantCulture, $"WeightDecay = {WeightDecay}, TokensPerStep = {TokensPerStep}");
        if (Decay != DecayKind.Cosine || StepsPerUpdate != 1)
        {
            text.Append(CultureInfo.InvariantCulture, $", Decay = {Decay}, StepsPerUpdate = {StepsPerUpdate}");
        }

        return true;
    }

    /// <summary>
    /// The learning rate of update n, counted from 0: linear warm-up, then a cosine or a straight line that is clamped at the floor.
    /// </summary>
    /// <remarks>
    /// A straight line meets zero at step decay: peak · (decay − n) / (decay − w). Cosine:
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

        if (Decay == DecayKind.Linear)
        {
            return Math.Max(FloorRatio * PeakLearningRate, PeakLearningRate * Math.Max(0, DecaySteps - step) / (DecaySteps - WarmupSteps));
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
    public long Tokens(int step) => step * TokensPerStep / StepsPerUpdate;

    private int Index(int step)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(step);
        return Math.Min(step / StepsPerUpdate, TotalSteps);
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
