namespace PythiaOrleans.Checkpoints.Census;

/// <summary>One row of a census.</summary>
/// <param name="Step">The step; null for the final model under a name of its own.</param>
/// <param name="Name">The branch, tag or folder.</param>
/// <param name="Files">How many weight files there are.</param>
/// <param name="Bytes">Their length together.</param>
/// <param name="Sign">The first digits of what weights of equal bytes share; empty where there are none.</param>
/// <param name="Parameters">Numbers in all tensors; null where headers were not read.</param>
/// <param name="Movement">
/// ‖x_t − x_(t−1)‖ of the sampled values x from the step before, over ‖x_t‖; null where weights were not read.
/// </param>
/// <param name="Similarity">The cosine of the sampled embedding with that of step 0; null where weights were not read.</param>
/// <param name="Faults">What was found; empty where nothing is wrong.</param>
/// <param name="Known">What the catalog knows against the step; null where it knows nothing.</param>
public sealed record CensusRevision(
    int? Step,
    string Name,
    int Files,
    long Bytes,
    string Sign,
    long? Parameters,
    double? Movement,
    double? Similarity,
    IReadOnlyList<CensusFault> Faults,
    string? Known)
{
    /// <summary>The worst of its faults; null where there is none.</summary>
    public CensusSeverity? Worst => Faults.Count == 0 ? null : Faults.Max(fault => fault.Severity);
}
