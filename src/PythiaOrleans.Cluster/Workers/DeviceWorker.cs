using System.Collections.Concurrent;
using System.Diagnostics;
using System.Threading.Channels;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Runtime;
using PythiaOrleans.Cluster.Contracts;
using PythiaOrleans.Cluster.Placement;
using PythiaOrleans.Cluster.Scheduling;
using PythiaOrleans.Cluster.Telemetry;
using PythiaOrleans.Core.Ids;
using PythiaOrleans.Core.Sweeps;

namespace PythiaOrleans.Cluster.Workers;

/// <summary>Pulls tasks from the dispatcher and computes them, one thread a slot; the next tasks are fetched meanwhile.</summary>
internal sealed partial class DeviceWorker(
    IGrainFactory grains,
    ILocalSiloDetails silo,
    IShardRunner runner,
    IShardCosts costs,
    ControlSilos controls,
    IOptions<WorkerOptions> options,
    WorkerDevices devices,
    TimeProvider time,
    ILogger<DeviceWorker> logger)
    : BackgroundService
{
    private const int MostUnreported = 1024;

    private static readonly TimeSpan RetryAfter = TimeSpan.FromMilliseconds(500);

    // A start is announced at once, but never more often than this: small tasks would otherwise cost a call each.
    private static readonly TimeSpan MinHeartbeatInterval = TimeSpan.FromMilliseconds(20);

    // A silo whose disk is full fails every task in no time: without a pause it would take them all from the others, again and again.
    private static readonly TimeSpan MaxPause = TimeSpan.FromSeconds(30);

    private readonly WorkerOptions _options = options.Value;
    private readonly string _name = silo.SiloAddress.ToParsableString();
    private readonly ConcurrentDictionary<long, HeldTask> _held = new();
    private readonly BlockingCollection<HeldTask> _queue = [];
    private readonly Channel<TaskReport> _reports = Channel.CreateUnbounded<TaskReport>(
        new UnboundedChannelOptions { SingleReader = true });
    private readonly SemaphoreSlim _capacityFreed = new(0);
    private readonly SemaphoreSlim _started = new(0);
    private readonly ConcurrentQueue<long> _abandoned = new();
    private readonly CancellationTokenSource _ended = new();
    private int _failuresInARow;
    private int _unreported;
    private long _lastFence;
    private SlotGauges? _gauges;
    private DeviceSlot[] _slots = [];
    private StallClock _stalls = null!;

    private IDispatcherGrain Dispatcher => grains.GetGrain<IDispatcherGrain>(IDispatcherGrain.Key);

    // Workers are spread over the control silos.
    private IReportsGrain Reports =>
        grains.GetGrain<IReportsGrain>((uint)silo.SiloAddress.GetConsistentHashCode() % Math.Max(1, controls.Count));

    /// <inheritdoc />
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        _gauges?.Dispose();
        _ended.Dispose();
        _queue.Dispose();
        _capacityFreed.Dispose();
        _started.Dispose();
    }

    /// <inheritdoc />
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (_options.SlotCount == 0)
        {
            return;
        }

        // Leasing starts only now that the silo is up: hosted services run after it.
        await Task.Yield();
        _stalls = new StallClock(task => StallLimits.Of(_options, costs, task.Lease), StallLimits.GraceOf(_options));
        _gauges = new SlotGauges(
            _options.SlotCount, () => _held.Values.Count(task => task.IsRunning), () => _held.Count, () => _stalls.OldestAge);
        _slots = [.. Enumerable.Range(0, _options.SlotCount).Select(index => new DeviceSlot(index))];
        foreach (var slot in _slots)
        {
            StartThread(slot);
        }

        var reporting = ReportAsync();
        var beating = HeartbeatLoopAsync(_ended.Token);
        var watching = WatchStallsAsync(_ended.Token);
        await controls.WaitForControlSiloAsync(time, stoppingToken);
        await LeaseAsync(stoppingToken);

        await HandBackWaitingAsync();
        _queue.CompleteAdding();
        var slotsEnded = SlotsEndedAsync();
        if (await Task.WhenAny(slotsEnded, Task.Delay(_options.Grace, time, CancellationToken.None)) != slotsEnded)
        {
            foreach (var task in _held.Values)
            {
                task.Cancel(); // running tasks stop at their next check
            }

            await slotsEnded;
        }

        _reports.Writer.Complete();
        await reporting;
        await HandBackAsync([.. _abandoned]);
        await _ended.CancelAsync();
        await Task.WhenAll(beating, watching);
        await LeaveAsync();
    }

    private async Task LeaseAsync(CancellationToken stopping)
    {
        var most = _options.SlotCount * (1 + _options.Prefetch);
        var pauses = 0;
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                // First, for what has freed room was counted before. Reports on their way count when they are many: see ReportsGrain.
                var room = most - _held.Count - Math.Max(0, Volatile.Read(ref _unreported) - MostUnreported);
                if (Volatile.Read(ref _failuresInARow) <= _options.SlotCount)
                {
                    pauses = 0;
                }
                else if (!_held.IsEmpty)
                {
                    room = 0;
                }
                else
                {
                    room = 1; // one task tells whether this silo works again; the others are left to other workers
                    await PauseAfterFailuresAsync(pauses++, stopping);
                }

                if (room <= 0)
                {
                    await _capacityFreed.WaitAsync(stopping);
                    Drain(_capacityFreed);
                    continue;
                }

                foreach (var lease in await Dispatcher.LeaseAfterAsync(_name, room, _lastFence, stopping))
                {
                    Accept(lease);
                }
            }
            catch (OperationCanceledException) when (stopping.IsCancellationRequested)
            {
                return;
            }
            catch (Exception error)
            {
                LogUnreachable(logger, error);
                await Task.Delay(RetryAfter, time, CancellationToken.None);
            }
        }
    }

    private async Task PauseAfterFailuresAsync(int pauses, CancellationToken stopping)
    {
        var seconds = Math.Min(Math.Pow(2, pauses), MaxPause.TotalSeconds);
        LogPause(logger, Volatile.Read(ref _failuresInARow), seconds);
        await Task.Delay(TimeSpan.FromSeconds(seconds), time, stopping);
    }

    private void Accept(TaskLease lease)
    {
        _lastFence = Math.Max(_lastFence, lease.Fence);
        var task = new HeldTask(lease) { Trace = TaskTrace.Begin(lease) };
        _held[lease.Fence] = task;
        task.Prepared = Task.Run(() => runner.PrepareAsync(lease.Task, lease.Sweep, lease.Analyses, task.Token));
        _queue.Add(task);
    }

    // A thread of its own: native libraries keep state per thread, and long computation must not starve the grains' pool.
    private void StartThread(DeviceSlot slot) => slot.Thread = Task.Factory.StartNew(
        () =>
        {
            Thread.CurrentThread.Name = $"slot {slot.Index}";
            foreach (var task in _queue.GetConsumingEnumerable())
            {
                Activity.Current = task.Trace;
                var started = time.GetTimestamp();
                slot.Current = task;
                var report = Compute(task, devices.Of(slot.Index));
                if (!task.TryEnd())
                {
                    return; // it was given up, and another thread has the slot
                }

                slot.Current = null;
                SlotGauges.OnFinished(slot.Index, time.GetElapsedTime(started).TotalSeconds, report);
                TaskTrace.End(task.Trace, report);
                Finish(task, report);
            }
        },
        CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    private TaskReport? Compute(HeldTask task, WorkerDevice device)
    {
        var lease = task.Lease;
        task.IsRunning = true;
        task.Stage = TaskStage.Fetching; // to let files go also waits for those that are on their way
        if (!_held.ContainsKey(lease.Fence) || !IsAnnounced(lease))
        {
            task.DiscardAsync().GetAwaiter().GetResult();
            return null; // handed back or lost while it waited
        }

        try
        {
            var prepared = task.Prepared.GetAwaiter().GetResult();
            task.Stage = TaskStage.Computing;
            try
            {
                using var memory = TakeMemory(task, prepared.DeviceBytes(device.Name), device);
                if (memory is null)
                {
                    return null; // handed back or lost while it waited
                }

                task.Memory = memory;
                var result = prepared.Run(lease.Attempt, device.Name, task.Token);
                return result.Failures.Count == 0
                    ? Report(lease, null, null, [], result.BytesRead)
                    : Report(
                        lease, FailureKinds.MostSevere(result.Failures.Select(failure => failure.Kind)),
                        string.Join("\n", result.Failures.Select(failure => failure.Message).Distinct()),
                        [.. result.Failures.Select(failure => failure.Analysis)], result.BytesRead);
            }
            finally
            {
                prepared.DisposeAsync().AsTask().GetAwaiter().GetResult();
            }
        }
        catch (OperationCanceledException) when (task.IsStalled)
        {
            return StallReport(task);
        }
        catch (OperationCanceledException) when (task.Token.IsCancellationRequested)
        {
            _abandoned.Enqueue(lease.Fence);
            return null; // no result was half written
        }
        catch (Exception error)
        {
            return Report(lease, runner.Classify(error), error.Message, lease.Analyses, 0);
        }
    }

    // A task that waits for memory runs nothing: as a running one it would be charged for the death of a worker that its neighbour killed.
    private IDisposable? TakeMemory(HeldTask task, long bytes, WorkerDevice device)
    {
        var admitted = device.Memory.TakeAsync(bytes, task.Token);
        if (admitted.IsCompleted)
        {
            return admitted.GetAwaiter().GetResult();
        }

        task.IsRunning = false;
        task.Stage = TaskStage.Waiting;
        var memory = admitted.GetAwaiter().GetResult();
        task.IsRunning = true;
        task.Stage = TaskStage.Computing;
        if (_held.ContainsKey(task.Lease.Fence) && IsAnnounced(task.Lease))
        {
            return memory;
        }

        memory.Dispose();
        return null;
    }

    private void Finish(HeldTask task, TaskReport? report)
    {
        if (report is not null)
        {
            // Slots race here, and off by one will do.
            _failuresInARow = report.Failure is FailureKind.Infrastructure or FailureKind.Transient ? _failuresInARow + 1 : 0;
        }

        _held.TryRemove(task.Lease.Fence, out _);
        if (report is not null)
        {
            Interlocked.Increment(ref _unreported);
            _reports.Writer.TryWrite(report);
        }

        _capacityFreed.Release();
    }

    // The dispatcher should know what runs before it can kill this worker. Only for a suspect is that worth the wait.
    private bool IsAnnounced(TaskLease lease)
    {
        _started.Release();
        try
        {
            return !lease.IsSuspect || Dispatcher.HeartbeatAsync(_name, Fences(_ => true), Fences(task => task.IsRunning)).GetAwaiter()
                .GetResult().All(lost => lost != lease.Fence);
        }
        catch (Exception error)
        {
            LogUnreachable(logger, error);
            _abandoned.Enqueue(lease.Fence);
            return false;
        }
    }

    private long[] Fences(Func<HeldTask, bool> which) => [.. _held.Values.Where(which).Select(task => task.Lease.Fence)];

    // While one batch travels the next one gathers.
    private async Task ReportAsync()
    {
        await foreach (var first in _reports.Reader.ReadAllAsync())
        {
            var batch = new List<TaskReport> { first };
            while (_reports.Reader.TryRead(out var next))
            {
                batch.Add(next);
            }

            await DeliverAsync(batch);
            Interlocked.Add(ref _unreported, -batch.Count);
            _capacityFreed.Release();
        }
    }

    private async Task DeliverAsync(List<TaskReport> batch)
    {
        const int mostTries = 20;
        for (var tries = 1; tries <= mostTries; tries++)
        {
            try
            {
                await Reports.ReportAsync(_name, batch);
                return;
            }
            catch (Exception error)
            {
                LogUnreachable(logger, error);
                await Task.Delay(RetryAfter, time, CancellationToken.None);
            }
        }

        // The results are committed; the tasks will be leased again and found done.
        LogReportsLost(logger, batch.Count);
    }

    private async Task HeartbeatLoopAsync(CancellationToken stopping)
    {
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                await _started.WaitAsync(_options.HeartbeatPeriod, stopping);
                Drain(_started);
                Drop(await Dispatcher.HeartbeatAsync(_name, Fences(_ => true), Fences(task => task.IsRunning)));
                await Task.Delay(MinHeartbeatInterval, time, stopping);
            }
            catch (OperationCanceledException) when (stopping.IsCancellationRequested)
            {
                return;
            }
            catch (Exception error)
            {
                LogUnreachable(logger, error);
                await Task.Delay(RetryAfter, time, CancellationToken.None);
            }
        }
    }

    // What was signalled several times before anybody looked is one signal.
    private static void Drain(SemaphoreSlim signal)
    {
        while (signal.Wait(0))
        {
        }
    }

    private static TaskReport Report(TaskLease lease, FailureKind? failure, string? message, IReadOnlyList<AnalysisId> missing,
        long bytesRead) => new(
        lease.Fence, lease.Task, failure, message, missing, bytesRead, new ShardTerms(lease.Sweep.Analyses, lease.Sweep.MaxAttempts),
            lease.Analyses);
}
