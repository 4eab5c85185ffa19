using PythiaOrleans.Checkpoints.Catalog;
using PythiaOrleans.Checkpoints.Sources;
using PythiaOrleans.Core.Ids;

namespace PythiaOrleans.Server.Execution;

/// <summary>The files that one task reads, all on this machine.</summary>
/// <param name="Model">What the catalog knows of the model.</param>
/// <param name="Source">The source's name, for provenance.</param>
/// <param name="Own">The checkpoint that is measured.</param>
/// <param name="Reference">The reference checkpoint, where an analysis asks for it and the source has it.</param>
/// <param name="Previous">The checkpoint one stride before, likewise.</param>
internal sealed record TaskInputs(
    ModelEntry Model, string Source, CheckpointFiles Own, CheckpointFiles? Reference, CheckpointFiles? Previous)
{
    /// <summary>Signs of the bytes that the source serves for these checkpoints, as far as it tells them.</summary>
    public IReadOnlyDictionary<CheckpointId, string> SourceBytes { get; init; } = new Dictionary<CheckpointId, string>();
}
