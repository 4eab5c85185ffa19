using PythiaOrleans.Core.Ids;

namespace PythiaOrleans.Cluster.Scheduling;

/// <summary>What the dispatcher knows of a worker that lives.</summary>
internal sealed class WorkerEntry
{
    public TimeSpan LastSeen { get; set; }

    /// <summary>When it last asked for tasks.</summary>
    public TimeSpan AskedAt { get; set; } = TimeSpan.MinValue / 2; // far back, and still no overflow when it is subtracted

    public HashSet<long> Fences { get; } = [];

    /// <summary>What it holds and what is divided for it, as estimated for one slot, all together.</summary>
    public TimeSpan Work { get; set; }

    /// <summary>
    /// Room that is kept for parts of tasks until their owners have divided them: filled with smaller tasks, it would be theirs too late.
    /// </summary>
    public int PartsAwaited { get; set; }

    /// <summary>Whether it was refused a task because of those that it holds, and none of them has ended since.</summary>
    public bool IsRefused { get; set; }

    /// <summary>Tasks that it computes at the same time; 0 until it has said so.</summary>
    public int Slots { get; set; }

    /// <summary>Devices that compute beside each other; more slots than these share them.</summary>
    public int Devices { get; set; }

    /// <summary>Analyses that it cannot compute, as far as it was asked for them.</summary>
    public IReadOnlyList<AnalysisId> Lacks { get; set; } = [];

    /// <summary>The number of its last announcement that was taken; null before the first.</summary>
    public long? Announced { get; set; }
}
