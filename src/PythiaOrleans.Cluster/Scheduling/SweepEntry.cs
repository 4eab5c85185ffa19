using PythiaOrleans.Core.Sweeps;

namespace PythiaOrleans.Cluster.Scheduling;

/// <summary>What the dispatcher knows of a sweep.</summary>
internal sealed class SweepEntry
{
    public SweepSpec Spec { get; set; } = null!;

    public bool Paused { get; set; }

    /// <summary>Tasks that have not ended.</summary>
    public int Open { get; set; }

    /// <summary>They are so many shards; parts count as parts.</summary>
    public double Shards { get; set; }

    /// <summary>What they are estimated to take on one slot, all together.</summary>
    public TimeSpan Work { get; set; }

    public int Leased { get; set; }

    public int Ready { get; set; }

    /// <summary>Tasks that were found in a queue while the sweep was paused.</summary>
    public List<(TaskEntry Entry, int Version)> Parked { get; } = [];
}
