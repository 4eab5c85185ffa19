namespace PythiaOrleans.Cluster.Workers;

/// <summary>The devices on which a silo's slots compute: slot i has device i modulo their number.</summary>
/// <param name="devices">At least one.</param>
public sealed class WorkerDevices(IReadOnlyList<WorkerDevice> devices)
{
    /// <summary>The processor, with as much memory as tasks like to take.</summary>
    public static WorkerDevices Processor { get; } = new([new WorkerDevice("cpu", new DeviceBudget(long.MaxValue))]);

    /// <summary>In the order in which slots take them.</summary>
    public IReadOnlyList<WorkerDevice> All { get; } = devices;

    /// <summary>A slot's device.</summary>
    /// <param name="slot">From 0.</param>
    public WorkerDevice Of(int slot) => All[slot % All.Count];
}

/// <summary>A device, by name: the cluster knows no tensors.</summary>
/// <param name="Name"><c>cpu</c> or <c>cuda:0</c>.</param>
/// <param name="Memory">What tasks may take of it together.</param>
public sealed record WorkerDevice(string Name, DeviceBudget Memory);
