using PythiaOrleans.Core.Ids;

namespace PythiaOrleans.Server.Planning;

/// <summary>A stored result that was made from other bytes than the source serves now.</summary>
/// <param name="Result">The result.</param>
/// <param name="Checkpoint">The checkpoint whose bytes changed: its own, the reference or the one before.</param>
/// <param name="Measured">The sign of the bytes that were measured.</param>
/// <param name="Served">The sign of the bytes that the source serves.</param>
public sealed record ChangedResult(ResultKey Result, CheckpointId Checkpoint, string Measured, string Served);
