using PythiaOrleans.Core.Ids;

namespace PythiaOrleans.Core.Sweeps;

/// <summary>
/// How often the analyses of an open shard have failed, as <c>sweeps/{sweep}/attempts/...</c> holds it. Written only when something failed.
/// </summary>
/// <param name="Checkpoint">The shard's checkpoint.</param>
/// <param name="Analyses">The analyses that failed at least once.</param>
/// <param name="Leases">The leases whose failures are counted: a report that comes twice counts once.</param>
public sealed record ShardHistory(CheckpointId Checkpoint, IReadOnlyList<AnalysisHistory> Analyses, IReadOnlyList<long> Leases);
