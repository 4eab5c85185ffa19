namespace PythiaOrleans.Checkpoints.Census;

/// <summary>Weights that several models of a suite share.</summary>
/// <remarks>
/// Runs with one initialization share step 0, and, while the learning rate is 0, step 1. A run whose own step 0 is another one does not
/// (EleutherAI/pythia#203).
/// </remarks>
internal static class ModelCopyFaults
{
    public static IEnumerable<CensusFault> Find(IReadOnlyList<ModelStates> models)
    {
        var all = models
            .SelectMany(model => model.Steps.Where(state => state.Identity is not null), (model, state) => (Model: model, State: state))
            .GroupBy(pair => pair.State.Identity!);
        foreach (var group in all.Where(group => group.Select(pair => PlaceOf(pair.Model, pair.State)).Distinct().Count() > 1))
        {
            foreach (var (model, state) in group.Where(pair => !IsRight(pair.Model, pair.State)))
            {
                var others = group.Where(other => other.Model != model)
                    .Select(other => $"{other.Model.Model.Name} at step {other.State.Step}").Take(3).ToArray();
                if (others.Length > 0)
                {
                    yield return state.Fault(model.Model.Name, FaultKind.SameAsModel, CensusSeverity.Bad,
                        $"the weights are those of {string.Join(", ", others)}"
                            + (model.IsAtStart(state.Step!.Value) ? ", not those of this run's own step 0" : ""));
                }
            }
        }
    }

    private static bool IsRight(ModelStates model, RevisionState state) => state.Step == 0
        || (model.IsAtStart(state.Step!.Value) && (model.Start is null || model.Start.Identity == state.Identity));

    // Two names of the catalog may mean one place.
    private static (string Repository, string Revision) PlaceOf(ModelStates model, RevisionState state) =>
        (model.Model.Repository ?? model.Model.Name, state.Revision.Name);
}
