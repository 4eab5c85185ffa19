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

/// <summary>
/// Hosts the <see cref="Dispatcher"/>: brings it messages and the time, carries its decisions to the owners of checkpoints.
/// </summary>
/// <remarks>
/// Reentrant: the machine's calls are synchronous, so nothing interleaves within one, and a worker that waits for tasks blocks no
/// other.
/// </remarks>
[ControlSilosFirst]
[Reentrant]
internal sealed partial class DispatcherGrain(
    IOptions<DispatcherOptions> options,
    ISiloStatusOracle silos,
    ControlSilos controls,
    IShardCosts costs,
    ResultStore store,
    TimeProvider time,
    ILogger<DispatcherGrain> logger)
    : Grain, IDispatcherGrain
{
    private static readonly TimeSpan TickEvery = TimeSpan.FromMilliseconds(250);

    // Shorter than any response timeout: a worker that waited in vain simply asks again.
    private static readonly TimeSpan MaxWait = TimeSpan.FromSeconds(5);

    // Fences of a dispatcher that died stay below those of its successor: a second has more ticks than it has leases. Where a clock is
    // behind, workers say which fences they have seen.
    private readonly Dispatcher _dispatcher = new(options.Value, time.GetUtcNow().UtcTicks, costs.Find);
    private readonly Guid _epoch = Guid.NewGuid();
    private readonly long _started = time.GetTimestamp();
    private readonly QueueGauges _gauges = new();
    private readonly Dictionary<string, TaskCompletionSource> _waiting = new(StringComparer.Ordinal);
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
        EvictDeadWorkers();
        if (_dispatcher.TakeDecisions() is { Reports: { Count: > 0 } reports })
        {
            await ForwardAsync(reports).WaitAsync(cancellationToken)
                .ConfigureAwait(ConfigureAwaitOptions.ContinueOnCapturedContext | ConfigureAwaitOptions.SuppressThrowing);
        }

        _gauges.Dispose();
    }

    public Task<DispatcherStatus> GetStatusAsync(string sweep) => Task.FromResult(
        new DispatcherStatus(_epoch, _dispatcher.OpenOf(sweep), _dispatcher.LeasedOf(sweep), _dispatcher.IsPaused(sweep)));

    public Task<TaskLocation?> FindAsync(TaskId task) => Task.FromResult(_dispatcher.Find(task));

    public Task<IReadOnlyList<WorkerStatus>> GetWorkersAsync() => Task.FromResult(_dispatcher.WorkerStatuses(Now));

    public Task EnqueueAsync(SweepSpec sweep, IReadOnlyList<PendingTask> tasks)
    {
        _dispatcher.Enqueue(sweep, tasks);
        return PublishAsync();
    }

    public Task<IReadOnlyList<TaskLease>> LeaseAsync(string worker, int most, CancellationToken cancellationToken) =>
        LeaseAfterAsync(worker, most, 0, cancellationToken);

    public async Task<IReadOnlyList<TaskLease>> LeaseAfterAsync(string worker, int most, long lastFence,
        CancellationToken cancellationToken)
    {
        var asked = time.GetTimestamp();
        while (!cancellationToken.IsCancellationRequested)
        {
            var leases = _dispatcher.Lease(worker, most, Now, lastFence);
            PublishDecisions(); // questions about parts are on their way
            var left = MaxWait - time.GetElapsedTime(asked);
            if (leases.Count > 0 || left <= TimeSpan.Zero)
            {
                DispatchMetrics.OnLeased(leases);
                return leases;
            }

            var news = _waiting[worker] = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            await news.Task.WaitAsync(left, time, cancellationToken)
                .ConfigureAwait(ConfigureAwaitOptions.ContinueOnCapturedContext | ConfigureAwaitOptions.SuppressThrowing);
        }

        return [];
    }

    public Task<IReadOnlyList<long>> HeartbeatAsync(string worker, IReadOnlyList<long> held, IReadOnlyList<long> running)
    {
        var lost = _dispatcher.Heartbeat(worker, held, running, Now);
        PublishDecisions();
        return Task.FromResult(lost);
    }

    public Task<bool> AnnounceAsync(string worker, WorkerAnnouncement announcement) =>
        Task.FromResult(_dispatcher.Announce(worker, announcement, Now));

    public Task ReportAsync(string worker, IReadOnlyList<TaskReport> reports) => GrainFactory.GetGrain<IReportsGrain>(0).ReportAsync(
        worker, [.. reports.Select(report => report.Terms is null ? report with { Terms = _dispatcher.TermsOf(report.Task.Sweep) }
            : report).Where(report => report.Terms is not null)]);

    public Task<IReadOnlyList<long>> TakeBackAsync(string worker, IReadOnlyList<long> fences)
    {
        var taken = _dispatcher.TakeBack(worker, fences, Now);
        PublishDecisions();
        return Task.FromResult(taken);
    }

    public Task<IReadOnlyDictionary<string, int>> SettleAsync(IReadOnlyList<ShardVerdict> verdicts)
    {
        foreach (var verdict in verdicts)
        {
            _dispatcher.Settle(verdict, Now);
        }

        PublishDecisions();
        return Task.FromResult<IReadOnlyDictionary<string, int>>(
            verdicts.Select(verdict => verdict.Task.Sweep).Distinct()
                .ToDictionary(sweep => sweep, _dispatcher.LeasedOf, StringComparer.Ordinal));
    }

    public Task HandBackAsync(string worker, IReadOnlyList<long> fences)
    {
        _dispatcher.HandBack(worker, fences);
        return PublishAsync();
    }

    public Task LeaveAsync(string worker)
    {
        _dispatcher.WorkerLeft(worker, Now);
        return PublishAsync();
    }

    public Task SetPausedAsync(string sweep, bool paused)
    {
        _dispatcher.SetPaused(sweep, paused);
        return PublishAsync();
    }

    public Task CancelAsync(string sweep)
    {
        _dispatcher.Cancel(sweep);
        return PublishAsync();
    }

    public async Task<StoreCheck> CheckStoreAsync(string blob) =>
        new(store.Blobs.Name, await store.Blobs.ExistsAsync(blob, CancellationToken.None));

    [LoggerMessage(Level = LogLevel.Warning, Message = "Worker {Worker} is dead; its tasks are handed out again")]
    private static partial void LogWorkerDied(ILogger logger, string worker);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The owner of {Sweep}/{Model}@step{Step} did not answer; the task stays whole")]
    private static partial void LogUndivided(ILogger logger, string sweep, string model, int step, Exception error);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Count} reports did not reach their owners; they are sent again")]
    private static partial void LogNotForwarded(ILogger logger, int count, Exception error);

    private Task TickAsync(CancellationToken cancellationToken)
    {
        EvictDeadWorkers();
        _dispatcher.Tick(Now);
        _gauges.Publish(_dispatcher);
        PublishDecisions();
        if (controls.ShouldMigrate)
        {
            this.MigrateOnIdle(); // coordinators enqueue again what they miss
        }

        return Task.CompletedTask;
    }

    private void EvictDeadWorkers()
    {
        foreach (var worker in _dispatcher.Workers.Where(IsDead).ToArray())
        {
            if (_dispatcher.LeasedBy(worker) > 0)
            {
                LogWorkerDied(logger, worker);
                DispatchMetrics.OnWorkerDied();
            }

            _dispatcher.WorkerDied(worker, Now);
        }
    }

    // A worker is named after its silo, so that membership's verdict releases its leases at once.
    private bool IsDead(string worker) => SiloAddress.FromParsableString(worker) is { } silo && silos.IsDeadSilo(silo);

    private Task PublishAsync()
    {
        PublishDecisions();
        return Task.CompletedTask;
    }

    // Carries out what the machine decided.
    private void PublishDecisions()
    {
        if (_dispatcher.TakeDecisions() is { } decisions)
        {
            foreach (var question in decisions.Questions)
            {
                AskAsync(question).Ignore();
            }

            if (decisions.Reports.Count > 0)
            {
                ForwardAsync(decisions.Reports).Ignore();
            }

            foreach (var worker in decisions.Freed)
            {
                if (_waiting.Remove(worker, out var news))
                {
                    news.TrySetResult();
                }
            }
        }

        if (_arrivalsAnnounced != _dispatcher.Arrivals)
        {
            _arrivalsAnnounced = _dispatcher.Arrivals;
            foreach (var news in _waiting.Values)
            {
                news.TrySetResult();
            }

            _waiting.Clear();
        }
    }

    private async Task AskAsync(FanOutQuestion question)
    {
        IReadOnlyList<ShardPart> parts = [];
        try
        {
            parts = await GrainFactory.GetGrain<ICheckpointGrain>(question.Task.Checkpoint.ToString()).DivideAsync(question);
        }
        catch (Exception error)
        {
            LogUndivided(logger, question.Task.Sweep, question.Task.Checkpoint.Model, question.Task.Checkpoint.Step, error);
        }

        _dispatcher.Divide(question, parts);
        PublishDecisions();
    }

    private async Task ForwardAsync(IReadOnlyList<TaskReport> reports)
    {
        try
        {
            await GrainFactory.GetGrain<IReportsGrain>(0).ForwardAsync(reports);
        }
        catch (Exception error)
        {
            LogNotForwarded(logger, reports.Count, error);
        }
    }
}
