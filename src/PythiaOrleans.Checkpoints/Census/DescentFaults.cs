using System.Globalization;

namespace PythiaOrleans.Checkpoints.Census;

/// <summary>Steps that do not descend from the step 0 of their own run.</summary>
/// <remarks>
/// With θ the sampled values of the embedding, ‖θ_t − θ_0‖ / ‖θ_0 − θ_0(another run)‖ is near 0 early in training and near 1 for a foreign
/// run. Without another run of its shape, √2 · ‖θ_0‖ stands for the denominator: independent initializations are that far apart. Early
/// means that no weight can have moved far: an update of Adam moves each by about the learning rate at most.
/// </remarks>
internal static class DescentFaults
{
    private const double MaxMovement = 0.25;
    private const int EarlyWithoutSchedule = 64;
    private const double ForeignWithSchedule = 0.5;
    private const double ForeignWithoutSchedule = 0.9;

    public static IEnumerable<CensusFault> Find(IReadOnlyList<ModelStates> models) =>
        models.SelectMany(model => Find(model, models));

    private static IEnumerable<CensusFault> Find(ModelStates states, IReadOnlyList<ModelStates> models)
    {
        if (states.Start is not { Probe: { EmbeddingValues: > 0 } start })
        {
            return [];
        }

        var apart = FindApart(states, start, models);
        RevisionState[] later =
        [
            .. states.Steps.Where(state => state.Step > 0 && state.Probe is { } probe && probe.EmbeddingValues == start.EmbeddingValues),
        ];
        var early = later.Where(state => IsEarly(states, state.Step!.Value, start)).ToArray();
        var foreign = early.Where(state => Ratio(state, start, apart) >= LimitOf(states)).ToArray();
        if (foreign.Length == 0)
        {
            return [];
        }

        // Where no early step is the run's own, neither is what was trained on from them.
        var all = foreign.Length == early.Length ? later : foreign;
        var sentence = string.Create(CultureInfo.InvariantCulture,
            $"does not descend from the run's own step 0: at step {foreign[0].Step} the distance to it is "
                + $"{Ratio(foreign[0], start, apart):0.00} of that between two runs");
        return all.Select(state => state.Fault(states.Model.Name, FaultKind.ForeignRun, CensusSeverity.Bad, sentence));
    }

    private static double FindApart(ModelStates states, WeightProbe start, IReadOnlyList<ModelStates> models)
    {
        var others = models.Where(other => other != states)
            .Select(other => other.Start?.Probe)
            .Where(probe => probe is not null && probe.Tensors == start.Tensors && probe.EmbeddingValues == start.EmbeddingValues)
            .Select(probe => Vectors.Distance(start.Embedding, probe!.Embedding))
            .Where(distance => distance > 0);
        return others.DefaultIfEmpty(Math.Sqrt(2) * Vectors.Norm(start.Embedding)).Max();
    }

    private static bool IsEarly(ModelStates states, int step, WeightProbe start) => states.Model.Schedule is { } schedule
        ? schedule.SummedLearningRate(step)
            <= MaxMovement * Vectors.Norm(start.Embedding) / Math.Sqrt(start.EmbeddingValues)
        : step <= EarlyWithoutSchedule;

    private static double LimitOf(ModelStates states) =>
        states.Model.Schedule is null ? ForeignWithoutSchedule : ForeignWithSchedule;

    private static double Ratio(RevisionState state, WeightProbe start, double apart) =>
        apart > 0 ? Vectors.Distance(state.Probe!.Embedding, start.Embedding) / apart : 0;
}
