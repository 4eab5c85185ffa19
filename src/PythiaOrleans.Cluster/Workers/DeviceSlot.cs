namespace PythiaOrleans.Cluster.Workers;

/// <summary>A slot: one thread that computes one task after the other.</summary>
/// <param name="index">From 0.</param>
internal sealed class DeviceSlot(int index)
{
    private volatile HeldTask? _current;
    private volatile Task _thread = Task.CompletedTask;

    public int Index { get; } = index;

    /// <summary>What its thread is about; null while it waits for a task.</summary>
    public HeldTask? Current
    {
        get => _current;
        set => _current = value;
    }

    /// <summary>Ends with its thread. One that hangs is replaced by another one.</summary>
    public Task Thread
    {
        get => _thread;
        set => _thread = value;
    }
}
