using System.Diagnostics;
using PythiaOrleans.Cluster.Contracts;

namespace PythiaOrleans.Cluster.Workers;

/// <summary>A leased task on its way through a worker: being fetched, waiting, running.</summary>
internal sealed class HeldTask(TaskLease lease)
{
    // Never disposed, for a heartbeat may cancel it while its slot lets it go; without a timer or a link there is nothing to dispose of.
    private readonly CancellationTokenSource _cancel = new();
    private volatile bool _isRunning;

    public TaskLease Lease { get; } = lease;

    /// <summary>Its span, where somebody traces.</summary>
    public Activity? Trace { get; init; }

    /// <summary>Cancelled when the lease is lost or the worker gives up waiting.</summary>
    public CancellationToken Token => _cancel.Token;

    /// <summary>Whether a slot computes it: only then is it charged if the worker dies.</summary>
    public bool IsRunning
    {
        get => _isRunning;
        set => _isRunning = value;
    }

    /// <summary>The files, or the error that fetching them met.</summary>
    public Task<IPreparedTask> Prepared { get; set; } = null!;

    public void Cancel() => _cancel.Cancel();

    /// <summary>Lets the files go of a task that no slot will compute.</summary>
    public async Task DiscardAsync()
    {
        try
        {
            await _cancel.CancelAsync().ConfigureAwait(false);
            await using var prepared = (await Prepared.ConfigureAwait(false)).ConfigureAwait(false);
        }
        catch (Exception)
        {
            // Nobody waits for these files any more, so nobody needs to know why they did not come.
        }
    }
}
