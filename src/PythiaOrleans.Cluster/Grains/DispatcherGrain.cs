using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Concurrency;
using Orleans.Runtime;
using PythiaOrleans.Cluster.Contracts;
using PythiaOrleans.Cluster.Placement;
using PythiaOrleans.Cluster.Scheduling;
using PythiaOrleans.Cluster.Telemetry;
using PythiaOrleans.Cluster.Workers;
using PythiaOrleans.Core.Sweeps;

namespace PythiaOrleans.Cluster.Grains;

/// <summary>Hosts the <see cref="Dispatcher"/>: brings it messages and the time, carries its decisions to checkpoints and coordinators.</summary>
/// <remarks>Reentrant: the machine's calls are synchronous, so nothing interleaves within one, and a worker that waits for tasks blocks nobody.</remarks>
[ControlSilosFirst]
[Reentrant]
internal sealed partial class DispatcherGrain(
    IOptions<DispatcherOptions> options, ISiloStatusOracle silos, ControlSilos controls, WorkerDeathCounter deaths, IShardCosts costs, TimeProvider time, ILogger<DispatcherGrain> logger) : Grain, IDispatcherGrain
{
    private const int SettleBatch = 256;
    private const int MaxIncomplete = 3;

    private static readonly TimeSpan TickEvery = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan RetryAfter = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan SettlePoll = TimeSpan.FromMilliseconds(20);

    // Shorter than any response timeout: a worker that waited in vain simply asks again.
    private static readonly TimeSpan MaxWait = TimeSpan.FromSeconds(5);

    // Fences of a dispatcher that died stay below those of its successor: a second has more ticks than it has leases.
    private readonly Dispatcher _dispatcher = new(options.Value, time.GetUtcNow().UtcTicks, deaths, costs.Find);
    private readonly Guid _epoch = Guid.NewGuid();
    private readonly long _started = time.GetTimestamp();
    private readonly Dictionary<string, SweepSpec> _sweeps = new(StringComparer.Ordinal);
    private readonly Dictionary<string, List<TaskOutcome>> _unsettled = new(StringComparer.Ordinal);
    private readonly Dictionary<TaskId, int> _incomplete = [];
    private readonly HashSet<string> _settling = new(StringComparer.Ordinal);
    private readonly QueueGauges _gauges = new();
    private TaskCompletionSource _becameReady = New();
    private long _arrivalsAnnounced;

    private TimeSpan Now => time.GetElapsedTime(_started);

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        this.RegisterGrainTimer(TickAsync, new GrainTimerCreationOptions(TickEvery, TickEvery) { Interleave = true, KeepAlive = true });
        return Task.CompletedTask;
    }

    public override async Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        // The death that takes this activation along counts, too.
        BuryDeadWorkers();
        while (_settling.Count > 0 && !cancellationToken.IsCancellationRequested)
        {
            await Task.Delay(SettlePoll, time, CancellationToken.None);
        }

        _gauges.Dispose();
    }

    public Task<DispatcherStatus> GetStatusAsync(string sweep) => Task.FromResult(
        new DispatcherStatus(_epoch, _dispatcher.OpenOf(sweep) + Unsettled(sweep).Count, _dispatcher.LeasedOf(sweep)));

    public Task<TaskLocation?> FindAsync(TaskId task) => Task.FromResult(_dispatcher.Find(task));

    public Task<IReadOnlyList<WorkerStatus>> GetWorkersAsync() => Task.FromResult(_dispatcher.WorkerStatuses(Now));

    public Task EnqueueAsync(SweepSpec sweep, IReadOnlyList<PendingTask> tasks)
    {
        _sweeps[sweep.Name] = sweep;
        _dispatcher.Enqueue(sweep, tasks);
        WakeWorkers();
        return Task.CompletedTask;
    }

    public async Task<IReadOnlyList<TaskLease>> LeaseAsync(string worker, int most, CancellationToken cancellationToken)
    {
        var asked = time.GetTimestamp();
        while (!cancellationToken.IsCancellationRequested)
        {
            var leases = _dispatcher.Lease(worker, most, Now);
            WakeWorkers(); // a shard that was divided leaves parts for others
            var left = MaxWait - time.GetElapsedTime(asked);
            if (leases.Count > 0 || left <= TimeSpan.Zero)
            {
                DispatchMetrics.OnLeased(leases);
                return leases;
            }

            await _becameReady.Task.WaitAsync(left, time, cancellationToken)
                .ConfigureAwait(ConfigureAwaitOptions.ContinueOnCapturedContext | ConfigureAwaitOptions.SuppressThrowing);
        }

        return [];
    }

    public Task<IReadOnlyList<long>> HeartbeatAsync(string worker, IReadOnlyList<long> held, IReadOnlyList<long> running)
    {
        var lost = _dispatcher.Heartbeat(worker, held, running, Now);
        WakeWorkers();
        return Task.FromResult(lost);
    }

    public Task<bool> AnnounceAsync(string worker, WorkerAnnouncement announcement) => Task.FromResult(_dispatcher.Announce(worker, announcement, Now));

    public Task ReportAsync(string worker, IReadOnlyList<TaskReport> reports)
    {
        foreach (var report in reports)
        {
            if (report.Failure is { } kind)
            {
                LogFailed(logger, report.Task.Sweep, report.Task.Checkpoint.Model, report.Task.Checkpoint.Step, worker, kind, report.Message);
            }

            var ended = _dispatcher.Report(worker, report, Now);
            DispatchMetrics.OnReported(report, isRetried: _dispatcher.IsOpen(report.Task));
            Settle(ended);
        }

        WakeWorkers();
        return Task.CompletedTask;
    }

    public Task HandBackAsync(string worker, IReadOnlyList<long> fences)
    {
        _dispatcher.HandBack(worker, fences);
        WakeWorkers();
        return Task.CompletedTask;
    }

    public Task SetPausedAsync(string sweep, bool paused)
    {
        _dispatcher.SetPaused(sweep, paused);
        WakeWorkers();
        return Task.CompletedTask;
    }

    public Task CancelAsync(string sweep)
    {
        Settle(_dispatcher.Cancel(sweep));
        return Task.CompletedTask;
    }

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Task {Sweep}/{Model}@step{Step} failed on {Worker} ({Kind}): {Error}")]
    private static partial void LogFailed(ILogger logger, string sweep, string model, int step, string worker, FailureKind kind, string? error);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Worker {Worker} is dead; its tasks are handed out again")]
    private static partial void LogWorkerDied(ILogger logger, string worker);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Count} ended tasks of sweep {Sweep} could not be recorded; trying again")]
    private static partial void LogUnsettled(ILogger logger, string sweep, int count, Exception error);

    private Task TickAsync(CancellationToken cancellationToken)
    {
        BuryDeadWorkers();
        Settle(_dispatcher.Tick(Now));
        _gauges.Show(_dispatcher);
        WakeWorkers();
        if (controls.IsGuestHere && _settling.Count == 0)
        {
            this.MigrateOnIdle(); // coordinators enqueue again what they miss
        }

        return Task.CompletedTask;
    }

    private void BuryDeadWorkers()
    {
        foreach (var worker in _dispatcher.Workers.Where(IsDead).ToArray())
        {
            if (_dispatcher.LeasedBy(worker) > 0)
            {
                LogWorkerDied(logger, worker);
                DispatchMetrics.OnWorkerDied();
            }

            Settle(_dispatcher.WorkerDied(worker));
        }
    }

    // A worker is named after its silo, so that membership's verdict releases its leases at once.
    private bool IsDead(string worker) => SiloAddress.FromParsableString(worker) is { } silo && silos.IsDeadSilo(silo);

    private void WakeWorkers()
    {
        if (_arrivalsAnnounced != _dispatcher.Arrivals)
        {
            _arrivalsAnnounced = _dispatcher.Arrivals;
            var waiting = _becameReady;
            _becameReady = New();
            waiting.TrySetResult();
        }
    }

    // The machine forgets a task that has ended: what it decided is kept here until checkpoint and coordinator have taken it.
    private void Settle(IReadOnlyList<TaskOutcome> ended)
    {
        foreach (var task in ended)
        {
            var sweep = task.Task.Sweep;
            Unsettled(sweep).Add(task);
            DispatchMetrics.OnEnded(task);
            if (_settling.Add(sweep))
            {
                SettleAsync(sweep).Ignore();
            }
        }
    }

    private List<TaskOutcome> Unsettled(string sweep)
    {
        if (!_unsettled.TryGetValue(sweep, out var tasks))
        {
            _unsettled[sweep] = tasks = [];
        }

        return tasks;
    }

    private async Task SettleAsync(string sweep)
    {
        await Task.Yield(); // what is reported together is settled together
        var tasks = Unsettled(sweep);
        while (tasks.Count > 0)
        {
            var batch = tasks.Take(SettleBatch).ToArray();
            try
            {
                var settled = await Task.WhenAll(batch.Select(task => SettleAsync(task, _sweeps[sweep])));
                await GrainFactory.GetGrain<ISweepGrain>(sweep).RecordAsync([.. settled.OfType<TaskOutcome>()], _dispatcher.LeasedOf(sweep));
                tasks.RemoveRange(0, batch.Length);
            }
            catch (Exception error)
            {
                // The store or the coordinator is away. To give up would leave the sweep waiting for these for ever.
                LogUnsettled(logger, sweep, batch.Length, error);
                await Task.Delay(RetryAfter, time);
            }
        }

        _settling.Remove(sweep);
    }

    // Null where the task is not at its end after all.
    private async Task<TaskOutcome?> SettleAsync(TaskOutcome task, SweepSpec sweep)
    {
        if (task.End == OutcomeKind.Cancelled)
        {
            return task;
        }

        var checkpoint = GrainFactory.GetGrain<ICheckpointGrain>(task.Task.Checkpoint.ToString());
        var settled = await checkpoint.SettleAsync(task, sweep);
        if (settled is not { End: OutcomeKind.Incomplete, Missing: { } missing })
        {
            _incomplete.Remove(task.Task);
            return settled;
        }

        var times = _incomplete[task.Task] = _incomplete.GetValueOrDefault(task.Task) + 1;
        if (times <= MaxIncomplete)
        {
            _dispatcher.Enqueue(sweep, [new PendingTask(task.Task, missing, 0)]);
            WakeWorkers();
            return null;
        }

        var message = $"Checkpoint {task.Task.Checkpoint}: workers reported {string.Join(", ", missing)} as committed {MaxIncomplete + 1} times, but the store does not hold it. Check the store, then resume the sweep.";
        var failure = new ShardFailure(task.Task.Checkpoint, missing, FailureKind.Infrastructure, message, MaxIncomplete + 1, default);
        return await checkpoint.SettleAsync(task with { End = OutcomeKind.Quarantined, Failure = failure }, sweep);
    }
}
