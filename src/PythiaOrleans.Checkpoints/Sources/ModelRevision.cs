namespace PythiaOrleans.Checkpoints.Sources;

/// <summary>One revision of a model, as its source has it.</summary>
/// <param name="Name">The branch, tag or folder: <c>step1000</c>, <c>main</c>.</param>
/// <param name="Step">The step that it holds; null for the final model under a name of its own.</param>
/// <param name="Version">
/// What changes when any of its files does: a commit, or a digest of lengths and times; null where the source tells nothing.
/// </param>
public sealed record ModelRevision(string Name, int? Step, string? Version);
