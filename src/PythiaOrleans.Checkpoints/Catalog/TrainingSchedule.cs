using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using PythiaOrleans.Checkpoints.Families;

namespace PythiaOrleans.Checkpoints.Catalog;

/// <summary>How a model was trained, as far as series need it: learning rate, weight decay, tokens a step.</summary>
/// <param name="PeakLearningRate">At the end of warm-up.</param>
/// <param name="WarmupSteps">Steps of linear warm-up from 0.</param>
/// <param name="DecaySteps">How long the rate falls; <see cref="Decay"/> says from where and how.</param>
/// <param name="TotalSteps">Optimizer steps in all.</param>
/// <param name="FloorRatio">The learning rate never falls below this share of its peak once the warm-up is over.</param>
/// <param name="WeightDecay">Decoupled (AdamW); <see cref="WeightDecayOf"/> says which parameters have it.</param>
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

    /// <summary>Updates of one step, as checkpoints are named: 762 in Amber, whose names count checkpoints.</summary>
    public int UpdatesPerStep { get; init; } = 1;

    /// <summary>Updates that the checkpoint of step 0 has seen: those before Amber's first one.</summary>
    public int UpdatesBefore { get; init; }

    /// <summary>
    /// The update at which a cosine ends whose second half was stretched while the run was half-way: of OLMo 3 7B; null where none was.
    /// </summary>
    public int? StretchedTo { get; init; }

    /// <summary>Whether norms and biases are decayed too, as OLMo does it and GPT-NeoX does not.</summary>
    public bool DecaysNormsAndBiases { get; init; }

    /// <summary>Whether embeddings, the unembedding not among them, are decayed: not in OLMo 2 and SmolLM 3.</summary>
    public bool DecaysEmbeddings { get; init; } = true;

    // Sums over all steps are asked for again and again, once a checkpoint.
    private static readonly ConcurrentDictionary<TrainingSchedule, (double[] Sum, double[] Squares, double[] LogDecay)> Cumulative = new();

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

        // Series whose column learning_rate was that of another update have this missing: they are written again.
        if (StepsPerUpdate != 1 || UpdatesPerStep != 1)
        {
            text.Append(CultureInfo.InvariantCulture, $", UpdatesPerStep = {UpdatesPerStep}, UpdatesBefore = {UpdatesBefore}");
        }

        if (DecaysNormsAndBiases || !DecaysEmbeddings)
        {
            text.Append(
                CultureInfo.InvariantCulture, $", DecaysNormsAndBiases = {DecaysNormsAndBiases}, DecaysEmbeddings = {DecaysEmbeddings}");
        }

        if (StretchedTo is { } end)
        {
            text.Append(CultureInfo.InvariantCulture, $", StretchedTo = {end}");
        }

        return true;
    }

    /// <summary>The learning rate of update n, counted from 0: linear warm-up over w updates, then as <see cref="Decay"/> says.</summary>
    /// <remarks>
    /// n &lt; w: peak · n / w. Then, never under floor · peak:
    /// <code>
    /// Cosine           peak/2 · (1 + cos(π (n − w) / decay)), n − w at most decay
    /// CosineToFloor    floor · peak + (1 − floor) · peak/2 · (1 + cos(π (n − w) / (decay − w))), n at most decay
    /// Linear           peak · (decay − n) / (decay − w)
    /// StableThenLinear peak until total − decay, then peak · (total − n) / decay
    /// </code>
    /// A stretched cosine to a floor goes its first half as if it ended at decay, and its second until the update of the stretched end.
    /// The first is GPT-NeoX v1.0's (megatron/learning_rates.py), where decay is the whole run: it meets Pythia's floor at step 115,139.
    /// </remarks>
    public double LearningRate(int update)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(update);
        if (update < WarmupSteps)
        {
            return PeakLearningRate * update / WarmupSteps;
        }

        var (at, floor) = (Math.Min(update, TotalSteps), FloorRatio * PeakLearningRate);
        return Decay switch
        {
            DecayKind.Linear => Math.Max(floor, PeakLearningRate * Math.Max(0, DecaySteps - update) / (DecaySteps - WarmupSteps)),
            DecayKind.StableThenLinear => Math.Max(floor, PeakLearningRate * Math.Min(1, (TotalSteps - at) / (double)DecaySteps)),
            DecayKind.CosineToFloor => floor + ((PeakLearningRate - floor) / 2 * (1 + Math.Cos(Math.PI * CosineDone(at)))),
            _ => Math.Max(
                floor, PeakLearningRate / 2 * (1 + Math.Cos(Math.PI * (Math.Min(at - WarmupSteps, DecaySteps) / DecaySteps)))),
        };
    }

    // The share of half a period that is over.
    private double CosineDone(int update)
    {
        var half = (WarmupSteps + DecaySteps) / 2;
        return StretchedTo is { } end && update > half
            ? (1 + ((Math.Min(update, end) - half) / (end - half))) / 2
            : (Math.Min(update, DecaySteps) - WarmupSteps) / (DecaySteps - WarmupSteps);
    }

    /// <summary>The learning rate of the update that follows the checkpoint at <paramref name="step"/>.</summary>
    public double LearningRateAt(int step) => LearningRate(UpdatesAt(step));

    /// <summary>How many updates the checkpoint at <paramref name="step"/> has seen; at most all.</summary>
    public int UpdatesAt(int step)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(step);
        return (int)Math.Min(UpdatesBefore + ((long)step * UpdatesPerStep / StepsPerUpdate), TotalSteps);
    }

    /// <summary>The weight decay of a parameter: 0 where it is not decayed.</summary>
    /// <param name="component">The kind of weight, as <see cref="Components"/> spells it.</param>
    /// <param name="parameter"><c>weight</c> or <c>bias</c>.</param>
    public double WeightDecayOf(string component, string parameter)
    {
        var role = Components.RoleOf(component);
        var normOrBias = parameter != "weight" || role is ComponentRole.EmbeddingNorm or ComponentRole.AttentionNorm
            or ComponentRole.MlpNorm or ComponentRole.MlpOutputNorm or ComponentRole.QueryNorm or ComponentRole.KeyNorm
            or ComponentRole.FinalNorm || (role == ComponentRole.Other && component.Contains("norm", StringComparison.OrdinalIgnoreCase));
        var embedding = parameter == "weight" && role is ComponentRole.Embedding or ComponentRole.PositionEmbedding;
        return (normOrBias && !DecaysNormsAndBiases) || (embedding && !DecaysEmbeddings) ? 0 : WeightDecay;
    }

    /// <summary>
    /// The sum of the learning rates of all updates before the checkpoint at <paramref name="step"/>: Σ lr(n), n &lt; step.
    /// </summary>
    public double SummedLearningRate(int step) => Table().Sum[UpdatesAt(step)];

    /// <summary>Sums over the first updates: of their learning rates, and of the squares of these.</summary>
    /// <param name="updates">How many updates; at most all count.</param>
    public (double Rates, double Squares) SumsOver(int updates)
    {
        var (table, count) = (Table(), Math.Clamp(updates, 0, TotalSteps));
        return (table.Sum[count], table.Squares[count]);
    }

    /// <summary>
    /// What decoupled weight decay alone leaves of an initial weight at <paramref name="step"/>: Π (1 − decay · lr(n)), n &lt; step.
    /// </summary>
    public double DecayFactor(int step) => Math.Exp(Table().LogDecay[UpdatesAt(step)]);

    /// <summary>Tokens seen by the checkpoint at <paramref name="step"/>.</summary>
    public long Tokens(int step) => (UpdatesBefore + ((long)step * UpdatesPerStep)) * TokensPerStep / StepsPerUpdate;

    private (double[] Sum, double[] Squares, double[] LogDecay) Table() => Cumulative.GetOrAdd(this, static schedule =>
    {
        var sum = new double[schedule.TotalSteps + 1];
        var squares = new double[schedule.TotalSteps + 1];
        var logDecay = new double[schedule.TotalSteps + 1];
        for (var step = 0; step < schedule.TotalSteps; step++)
        {
            var rate = schedule.LearningRate(step);
            sum[step + 1] = sum[step] + rate;
            squares[step + 1] = squares[step] + (rate * rate);
            logDecay[step + 1] = logDecay[step] + Math.Log(1 - (schedule.WeightDecay * rate));
        }

        return (sum, squares, logDecay);
    });
}
