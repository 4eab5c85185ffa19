using PythiaOrleans.Cluster.Contracts;
using PythiaOrleans.Core.Ids;

namespace PythiaOrleans.Bench.Scale;

/// <summary>One worker of several slots: what it was leased, what is fetched, what computes.</summary>
/// <param name="name">As the dispatcher knows it.</param>
/// <param name="slots">How many tasks compute at a time.</param>
internal sealed class SimulatedNode(string name, int slots)
{
    public string Name => name;

    public int Slots => slots;

    /// <summary>What it holds, in the order in which it was leased.</summary>
    public Dictionary<long, TaskLease> Held { get; } = [];

    /// <summary>Fetched and waiting for a slot.</summary>
    public Queue<TaskLease> Fetched { get; } = [];

    /// <summary>What computes.</summary>
    public HashSet<long> Running { get; } = [];

    /// <summary>When each checkpoint is on its disk; one that is there is not fetched again.</summary>
    public Dictionary<CheckpointId, double> Disk { get; } = [];

    /// <summary>When its network is free again.</summary>
    public double NetworkFree { get; set; }

    /// <summary>Grows with each death: what was begun before counts no more.</summary>
    public int Life { get; set; }

    public bool IsAlive { get; set; } = true;

    /// <summary>Whether it asked, got less than it has room for and waits.</summary>
    public bool IsWaiting { get; set; }

    /// <summary>How often it has waited: it asks again once for each time.</summary>
    public int Waits { get; private set; }

    /// <summary>It waits from now on.</summary>
    /// <returns>The number of this time.</returns>
    public int BeginWait()
    {
        IsWaiting = true;
        return ++Waits;
    }
}
