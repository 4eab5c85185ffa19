namespace PythiaOrleans.Cluster;

/// <summary>A leased task on its way through a worker: being fetched, waiting, running.</summary>
internal sealed class HeldTask(TaskLease lease, CancellationToken stopping) : IDisposable
{
    private readonly CancellationTokenSource _cancel = CancellationTokenSource.CreateLinkedTokenSource(stopping);

    public TaskLease Lease { get; } = lease;

    /// <summary>Cancelled when the lease is lost or the worker gives up waiting.</summary>
    public CancellationToken Token => _cancel.Token;

    /// <summary>Whether a slot computes it: only then is it charged if the worker dies.</summary>
    public bool IsRunning { get; set; }

    /// <summary>The files, or the error that fetching them met.</summary>
    public Task<IPreparedTask> Prepared { get; set; } = null!;

    public void Cancel() => _cancel.Cancel();

    public void Dispose() => _cancel.Dispose();
}
