using PythiaOrleans.Cluster.Contracts;
using PythiaOrleans.Core.Ids;

namespace PythiaOrleans.Cluster.Scheduling;

/// <summary>What the dispatcher knows of a task that has not ended.</summary>
internal sealed class TaskEntry(TaskId id, IReadOnlyList<AnalysisId> analyses, long cost, SweepEntry sweep)
{
    public TaskId Id { get; } = id;

    public long Cost { get; } = cost;

    public SweepEntry Sweep { get; } = sweep;

    public IReadOnlyList<AnalysisId> Analyses { get; set; } = analyses;

    /// <summary>How much of its shard it was when it was added, between 0 and 1.</summary>
    public double Share { get; init; } = 1;

    /// <summary>What it was estimated to take on one slot when it was added; zero where that is not known.</summary>
    public TimeSpan Estimate { get; set; }

    /// <summary>As the owner of its checkpoint counts; 0 while it has not failed.</summary>
    public int Attempts { get; set; }

    /// <summary>As the owner of its checkpoint counts.</summary>
    public int Delays { get; set; }

    /// <summary>As the owner of its checkpoint counts.</summary>
    public int Deaths { get; set; }

    /// <summary>The lease; 0 while no worker holds the task.</summary>
    public long Fence { get; set; }

    public string? Worker { get; set; }

    public bool Running { get; set; }

    public TimeSpan RenewedAt { get; set; }

    /// <summary>
    /// What the owner of the checkpoint is asked about it; None while no answer is awaited. The task is not leased meanwhile.
    /// </summary>
    public OwnerQuestion Question { get; set; }

    /// <summary>The lease that the question is about, or the question's own number.</summary>
    public long QuestionNumber { get; set; }

    public TimeSpan AskedAt { get; set; }

    /// <summary>Into how many parts it will be divided, as far as the dispatcher knows; 0 while it is not asked about.</summary>
    public int PartsAsked { get; set; }

    /// <summary>The worker that would have got it undivided.</summary>
    public WorkerEntry? AskedFor { get; set; }

    /// <summary>Whether its owner was asked already and left it whole.</summary>
    public bool StaysWhole { get; set; }

    public bool IsSuspect { get; set; }

    /// <summary>Tasks of other sweeps that wait for this one, because it computes what they lack.</summary>
    public List<TaskEntry>? Blocked { get; set; }

    /// <summary>The task of another sweep that computes what this one lacks.</summary>
    public TaskEntry? BlockedBy { get; set; }

    /// <summary>Whether it may be leased, unless its sweep is paused.</summary>
    public bool IsReady { get; set; }

    /// <summary>Its place among those that are ready.</summary>
    public ReadyRank Rank { get; set; }

    /// <summary>Queues hold (entry, version): one with another version is a leftover.</summary>
    public int Version { get; set; }

    /// <summary>What a worker's disk may hold of it.</summary>
    public CachedCheckpoint Own => new(Sweep.Spec.Source, Id.Checkpoint);
}
