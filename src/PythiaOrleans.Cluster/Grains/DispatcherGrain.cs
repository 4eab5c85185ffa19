using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Concurrency;
using Orleans.Runtime;
using PythiaOrleans.Results;

namespace PythiaOrleans.Cluster;

/// <summary>Hosts the <see cref="Dispatcher"/>: brings it messages and the time, carries its decisions to checkpoints and coordinators.</summary>
/// <remarks>Reentrant: the machine's calls are synchronous, so nothing interleaves within one, and a worker that waits for tasks blocks nobody.</remarks>
[Reentrant]
internal sealed partial class DispatcherGrain(
    IOptions<DispatcherOptions> options, ISiloStatusOracle silos, TimeProvider time, ILogger<DispatcherGrain> logger) : Grain, IDispatcherGrain
{
    private static readonly TimeSpan TickEvery = TimeSpan.FromMilliseconds(250);

    // Shorter than any response timeout: a worker that waited in vain simply asks again.
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(5);

    private readonly Dispatcher _dispatcher = new(options.Value);
    private readonly Guid _epoch = Guid.NewGuid();
    private readonly long _started = time.GetTimestamp();
    private readonly Dictionary<string, SweepSpec> _sweeps = new(StringComparer.Ordinal);
    private TaskCompletionSource _becameReady = New();

    private TimeSpan Now => time.GetElapsedTime(_started);

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        this.RegisterGrainTimer(TickAsync, new GrainTimerCreationOptions(TickEvery, TickEvery) { Interleave = true, KeepAlive = true });
        return Task.CompletedTask;
    }

    public Task<Guid> GetEpochAsync() => Task.FromResult(_epoch);

    public Task EnqueueAsync(SweepSpec sweep, IReadOnlyList<TaskRequest> tasks)
    {
        _sweeps[sweep.Name] = sweep;
        _dispatcher.Enqueue(sweep, tasks);
        WakeWorkers();
        return Task.CompletedTask;
    }

    public async Task<IReadOnlyList<TaskLease>> LeaseAsync(string worker, int most, CancellationToken cancellationToken)
    {
        var leases = _dispatcher.Lease(worker, most, Now);
        if (leases.Count > 0)
        {
            return leases;
        }

        await Task.WhenAny(_becameReady.Task, Task.Delay(LongestWait, time, cancellationToken));
        return cancellationToken.IsCancellationRequested ? [] : _dispatcher.Lease(worker, most, Now);
    }

    public Task<IReadOnlyList<long>> HeartbeatAsync(string worker, IReadOnlyList<long> held, IReadOnlyList<long> running) =>
        Task.FromResult(_dispatcher.Heartbeat(worker, held, running, Now));

    public Task ReportAsync(string worker, IReadOnlyList<TaskReport> reports)
    {
        foreach (var report in reports.Where(report => report.Failure is not null))
        {
            LogFailed(logger, report.Task, worker, report.Failure!.Value, report.Message);
        }

        return SettleAsync([.. reports.SelectMany(report => _dispatcher.Report(worker, report, Now))]);
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

    public Task CancelAsync(string sweep) => SettleAsync(_dispatcher.Cancel(sweep));

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Task {Task} failed on {Worker} ({Kind}): {Error}")]
    private static partial void LogFailed(ILogger logger, TaskId task, string worker, FailureKind kind, string? error);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Worker {Worker} is dead; its tasks are handed out again")]
    private static partial void LogWorkerDied(ILogger logger, string worker);

    private async Task TickAsync(CancellationToken cancellationToken)
    {
        var ended = new List<TaskEnded>(_dispatcher.Tick(Now));
        foreach (var worker in _dispatcher.Workers.Where(IsDead).ToArray())
        {
            LogWorkerDied(logger, worker);
            ended.AddRange(_dispatcher.WorkerDied(worker));
        }

        WakeWorkers();
        await SettleAsync(ended);
    }

    // A worker is named after its silo, so that membership's verdict releases its leases at once.
    private bool IsDead(string worker) => SiloAddress.FromParsableString(worker) is { } silo && silos.IsDeadSilo(silo);

    private void WakeWorkers()
    {
        var waiting = _becameReady;
        _becameReady = New();
        waiting.TrySetResult();
    }

    private async Task SettleAsync(IReadOnlyList<TaskEnded> ended)
    {
        foreach (var sweep in ended.GroupBy(task => task.Task.Sweep))
        {
            var spec = _sweeps[sweep.Key];
            var settled = await Task.WhenAll(sweep.Select(
                task => GrainFactory.GetGrain<ICheckpointGrain>(task.Task.Checkpoint.ToString()).SettleAsync(task, spec)));
            await GrainFactory.GetGrain<ISweepGrain>(sweep.Key).RecordAsync(settled, _dispatcher.LeasedOf(sweep.Key));
        }
    }
}
