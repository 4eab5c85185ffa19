namespace PythiaOrleans.Checkpoints.Census;

/// <summary>One thing that a census found.</summary>
/// <param name="Model">The model.</param>
/// <param name="Step">The step; null for the final model under a name of its own.</param>
/// <param name="Revision">The branch, tag or folder; the announced name where there is none.</param>
/// <param name="Kind">What is wrong.</param>
/// <param name="Severity">How much it matters.</param>
/// <param name="Detail">One sentence for a person, without the step's name and without a full stop.</param>
public sealed record CensusFault(string Model, int? Step, string Revision, FaultKind Kind, CensusSeverity Severity, string Detail);
