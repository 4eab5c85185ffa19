using PythiaOrleans.Core.Ids;

namespace PythiaOrleans.Cluster.Contracts;

/// <summary>What the owner of a checkpoint made of a report; the dispatcher changes its queue by it.</summary>
/// <param name="Task">The task that was reported.</param>
/// <param name="Fence">Its lease; 0 where it was reported without one.</param>
/// <param name="Stored">Analyses of the checkpoint that the store is known to hold: no task computes them any more.</param>
/// <param name="Missing">What the shard still lacks and is still to be computed. Empty where the shard has ended.</param>
/// <param name="Wanted">How many analyses the sweep wanted: a shard that ended before its sweep grew has not ended.</param>
/// <param name="Retry">The task failed and is to be tried again; null where it has ended.</param>
[GenerateSerializer, Immutable, Alias("pythia.shard-verdict")]
public sealed record ShardVerdict(
    [property: Id(0)] TaskId Task,
    [property: Id(1)] long Fence,
    [property: Id(2)] IReadOnlyList<AnalysisId> Stored,
    [property: Id(3)] IReadOnlyList<AnalysisId> Missing,
    [property: Id(4)] int Wanted,
    [property: Id(5)] TaskRetry? Retry)
{
    /// <summary>Whether every analysis that was wanted exists or was given up.</summary>
    public bool HasEnded => Missing.Count == 0;
}
