using System.Diagnostics;
using PythiaOrleans.Cluster.Contracts;

namespace PythiaOrleans.Cluster.Workers;

/// <summary>A leased task on its way through a worker: being fetched, waiting, running.</summary>
internal sealed class HeldTask(TaskLease lease)
{
    // Never disposed, for a heartbeat may cancel it while its slot lets it go; without a timer or a link there is nothing to dispose of.
    private readonly CancellationTokenSource _cancel = new();
    private volatile bool _isRunning;
    private volatile bool _isStalled;
    private volatile TaskStage _stage;
    private volatile IDisposable? _memory;
    private int _hasEnded;

    public TaskLease Lease { get; } = lease;

    /// <summary>Its span, where tracing is on.</summary>
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

    /// <summary>What its slot does with it.</summary>
    public TaskStage Stage
    {
        get => _stage;
        set => _stage = value;
    }

    /// <summary>Whether it was stopped because it made no progress.</summary>
    public bool IsStalled => _isStalled;

    /// <summary>For how long it had made no progress when it was stopped for that.</summary>
    public TimeSpan SilentFor { get; set; }

    /// <summary>What it has taken of its device's memory.</summary>
    public IDisposable? Memory
    {
        get => _memory;
        set => _memory = value;
    }

    public void Cancel() => _cancel.Cancel();

    /// <summary>It made no progress for too long: asks it to stop.</summary>
    public void Stall()
    {
        _isStalled = true;
        Cancel();
    }

    /// <summary>
    /// Whether the caller is the first to say how the task ended: its slot, or the watchdog that gives the slot to another thread.
    /// </summary>
    public bool TryEnd() => Interlocked.Exchange(ref _hasEnded, 1) == 0;

    /// <summary>What has changed since the last call says that the task makes progress.</summary>
    /// <param name="fetched">What the runner says of fetching this task.</param>
    public (TaskStage Stage, long Amount) Progress(long fetched) => Stage switch
    {
        TaskStage.Fetching => (TaskStage.Fetching, fetched),
        TaskStage.Computing => (TaskStage.Computing, Prepared is { IsCompletedSuccessfully: true, Result.Ended: var ended } ? ended : 0),
        var stage => (stage, 0),
    };

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
