namespace PythiaOrleans.Checkpoints.Census;

/// <summary>Steps that do not descend from the step 0 of their own run.</summary>
/// <remarks>
/// With θ the sampled values of the embedding, ‖θ_t − θ_0‖ / ‖θ_0 − θ_0(another run)‖ goes through <see cref="DescentRule"/>. Without
/// another run of its shape, √2 · ‖θ_0‖ stands for the denominator: independent initializations are that far apart.
/// </remarks>
internal static class DescentFaults
{
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
        var size = Vectors.Norm(start.Embedding) / Math.Sqrt(start.EmbeddingValues);
        var (foreign, sentence) = DescentRule.Find(
            later, state => state.Step!.Value, state => Ratio(state, start, apart), size, states.Model.Schedule);
        return foreign.Select(state => state.Fault(states.Model.Name, FaultKind.ForeignRun, CensusSeverity.Bad, sentence));
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

    private static double Ratio(RevisionState state, WeightProbe start, double apart) =>
        apart > 0 ? Vectors.Distance(state.Probe!.Embedding, start.Embedding) / apart : 0;
}
