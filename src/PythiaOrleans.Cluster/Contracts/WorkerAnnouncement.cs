using PythiaOrleans.Core.Ids;

namespace PythiaOrleans.Cluster.Contracts;

/// <summary>
/// What a worker tells of itself: how many tasks it computes at a time, which checkpoints its own disk holds, which analyses it lacks.
/// </summary>
/// <remarks>
/// The first one is whole, the others say what changed. One that does not follow on the last that the dispatcher took is refused, and
/// the worker starts again with a whole one.
/// </remarks>
/// <param name="Number">Counts up by one.</param>
/// <param name="IsWhole">Whether <paramref name="Added"/> is all that the disk holds, whatever was announced before.</param>
/// <param name="Slots">Tasks that it computes at the same time.</param>
/// <param name="Added">Checkpoints that are on its disk now.</param>
/// <param name="Removed">Checkpoints that no longer are.</param>
/// <param name="Devices">Devices that compute beside each other: GPUs. All cores of a processor are one, for an analysis uses all of
/// them.</param>
/// <param name="Lacks">All analyses that it was asked for and cannot compute; null from a worker of an earlier version.</param>
[GenerateSerializer, Immutable, Alias("pythia.worker-announcement")]
public sealed record WorkerAnnouncement(
    [property: Id(0)] long Number,
    [property: Id(1)] bool IsWhole,
    [property: Id(2)] int Slots,
    [property: Id(3)] IReadOnlyList<CachedCheckpoint> Added,
    [property: Id(4)] IReadOnlyList<CachedCheckpoint> Removed,
    [property: Id(5)] int Devices = 1,
    [property: Id(6)] IReadOnlyList<AnalysisId>? Lacks = null)
{
    /// <summary>More than these are not announced: a preference needs no complete list, and a message should stay small.</summary>
    public const int MaxHoldings = 4096;
}

/// <summary>A checkpoint on a worker's own disk.</summary>
/// <param name="Source">Where it came from, as the sweep's spec writes it: two sources may hold different files of one name.</param>
/// <param name="Checkpoint">Which one.</param>
[GenerateSerializer, Immutable, Alias("pythia.holding")]
public readonly record struct CachedCheckpoint([property: Id(0)] string Source, [property: Id(1)] CheckpointId Checkpoint);
