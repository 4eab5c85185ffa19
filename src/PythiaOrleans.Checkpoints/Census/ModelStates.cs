using PythiaOrleans.Checkpoints.Catalog;

namespace PythiaOrleans.Checkpoints.Census;

/// <summary>What a source told of all revisions of one model.</summary>
/// <param name="Model">What the catalog says of it.</param>
/// <param name="All">The revisions in the order of their steps; those without a step last.</param>
internal sealed record ModelStates(ModelEntry Model, IReadOnlyList<RevisionState> All)
{
    // Steps that count whole checkpoints, as Amber's do, are no first updates.
    private const long MaxTokensOfAnUpdate = 100_000_000;

    /// <summary>The revisions with a step that have weights, ascending.</summary>
    public IReadOnlyList<RevisionState> Steps { get; } = [.. All.Where(state => state.Step is not null && state.Weights.Count > 0)];

    /// <summary>The final model under a name of its own.</summary>
    public RevisionState? Main => All.FirstOrDefault(state => state.Step is null && state.Weights.Count > 0);

    /// <summary>The last step, announced or there.</summary>
    public int LastStep => Math.Max(Model.Steps[^1], Steps.Count > 0 ? Steps[^1].Step!.Value : 0);

    /// <summary>
    /// Whether steps may share the weights of the initialization: the learning rate of the first update is 0, and updates whose gradients
    /// overflow half precision are skipped (EleutherAI/pythia#83).
    /// </summary>
    public bool IsAtStart(int step) => step <= 2 && (Model.TokensPerStep ?? Model.Schedule?.TokensPerStep ?? 0) <= MaxTokensOfAnUpdate;

    /// <summary>The weights of step 0; null where there are none.</summary>
    public RevisionState? Start => Steps.FirstOrDefault(state => state.Step == 0);
}
