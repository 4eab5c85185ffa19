namespace PythiaOrleans.Checkpoints.Census;

/// <summary>The census of one model.</summary>
/// <param name="Model">The model.</param>
/// <param name="Repository">The hub's repository; null elsewhere.</param>
/// <param name="Announced">How many steps the catalog announces.</param>
/// <param name="Revisions">The revisions in the order of their steps, missing ones among them; <c>main</c> last.</param>
/// <param name="Problem">Why the source told nothing of the model; null where it did.</param>
public sealed record ModelCensus(
    string Model, string? Repository, int Announced, IReadOnlyList<CensusRevision> Revisions, string? Problem)
{
    /// <summary>
    /// Pairs of steps that share tensors, and how much, both ways; of a census that has seen all weights. Tensors that all steps share, and
    /// tensors whose values are all equal, do not count.
    /// </summary>
    public IReadOnlyList<IdenticalShare> Identical { get; init; } = [];

    /// <summary>Everything that was found.</summary>
    public IEnumerable<CensusFault> Faults => Revisions.SelectMany(revision => revision.Faults);

    /// <summary>How many revisions have faults that are at worst of a severity.</summary>
    public int Count(CensusSeverity severity) => Revisions.Count(revision => revision.Worst == severity);

    /// <summary>The steps that serve something else than their names say, each with what was found.</summary>
    public IReadOnlyDictionary<int, string> KnownBad => Revisions
        .Where(revision => revision.Step is not null)
        .Select(revision => (
            Step: revision.Step!.Value,
            Reasons: revision.Faults.Where(fault => fault.Severity == CensusSeverity.Bad).Select(fault => fault.Detail).ToArray()))
        .Where(bad => bad.Reasons.Length > 0)
        .ToDictionary(bad => bad.Step, bad => string.Join("; ", bad.Reasons));
}
