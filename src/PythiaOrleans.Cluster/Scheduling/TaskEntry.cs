using PythiaOrleans.Cluster.Contracts;
using PythiaOrleans.Core.Ids;

namespace PythiaOrleans.Cluster.Scheduling;

/// <summary>What the dispatcher knows of a task that has not ended.</summary>
internal sealed class TaskEntry(TaskId id, IReadOnlyList<AnalysisId> analyses, long cost, SweepEntry sweep)
{
    public TaskId Id { get; } = id;

    public long Cost { get; } = cost;

    public SweepEntry Sweep { get; } = sweep;

    /// <summary>The shard that it is a part of; null where it is the whole.</summary>
    public DividedShard? Shard { get; init; }

    public IReadOnlyList<AnalysisId> Analyses { get; set; } = analyses;

    public int Attempts { get; set; }

    public int Delays { get; set; }

    /// <summary>The lease; 0 while nobody holds the task.</summary>
    public long Fence { get; set; }

    public string? Worker { get; set; }

    public bool Running { get; set; }

    public TimeSpan RenewedAt { get; set; }

    public bool IsSuspect { get; set; }

    /// <summary>Whether it may be leased, unless its sweep is paused.</summary>
    public bool IsReady { get; set; }

    /// <summary>Its place among those that are ready.</summary>
    public ReadyRank Rank { get; set; }

    /// <summary>Queues hold (entry, version): one with another version is a leftover.</summary>
    public int Version { get; set; }

    /// <summary>What a worker's disk may hold of it.</summary>
    public CachedCheckpoint Own => new(Sweep.Spec.Source, Id.Checkpoint);
}
