using PythiaOrleans.Cluster.Contracts;
using PythiaOrleans.Core.Sweeps;

namespace PythiaOrleans.Cluster.Scheduling;

/// <summary>Who computes what, when a lease ends, what is retried and what is given up: a state machine without clock, network or tasks.</summary>
/// <remarks>
/// Messages and the time go in, decisions come out. The time is any monotonic duration, never a wall clock. A task that has ended is forgotten: what is done
/// is what the store says.
/// </remarks>
/// <param name="options">Durations and limits.</param>
/// <param name="lastFence">Fences count on from here. A dispatcher that follows one that died must start above it, or a late report would fit a new lease.</param>
/// <param name="deaths">What a dispatcher before this one has counted; null begins anew.</param>
/// <param name="costs">What a model's checkpoints take, as far as it is known; null never divides a shard. The same question must always have the same answer.</param>
public sealed partial class Dispatcher(DispatcherOptions options, long lastFence = 0, WorkerDeathCounter? deaths = null, Func<SweepSpec, string, ShardCost?>? costs = null)
{
    private readonly WorkerDeathCounter _deaths = deaths ?? new WorkerDeathCounter();
    private readonly Dictionary<TaskId, TaskEntry> _tasks = [];
    private readonly Dictionary<string, SweepEntry> _sweeps = new(StringComparer.Ordinal);
    private readonly Dictionary<string, WorkerEntry> _workers = new(StringComparer.Ordinal);
    private readonly Dictionary<long, TaskEntry> _leases = [];
    private readonly ReadyQueue _ready = new();
    private readonly PriorityQueue<(TaskEntry Entry, int Version), TimeSpan> _waiting = new();
    private readonly Random _jitter = new(options.Seed);
    private readonly long _lastBefore = lastFence;
    private long _fences = lastFence;

    /// <summary>Tasks that have not ended.</summary>
    public int Open => _tasks.Count;

    /// <summary>Leases handed out.</summary>
    public int Leased => _leases.Count;

    /// <summary>Tasks that nobody holds and nobody gets, because their sweep is paused.</summary>
    public int Paused => _sweeps.Values.Where(sweep => sweep.Paused).Sum(sweep => sweep.Open - sweep.Leased);

    /// <summary>Workers that hold leases or asked for some.</summary>
    public IReadOnlyCollection<string> Workers => _workers.Keys;

    /// <summary>Counts how often a task became ready, or a slot for one that was kept for others: where it has not changed, there is nothing new to lease.</summary>
    public long Arrivals => _ready.Arrivals + _freed;

    /// <summary>Makes tasks ready. A task that has not ended stays where it is; what a leased one lacks is seen when it ends.</summary>
    public void Enqueue(SweepSpec sweep, IEnumerable<PendingTask> tasks)
    {
        ArgumentNullException.ThrowIfNull(sweep);
        ArgumentNullException.ThrowIfNull(tasks);
        var entry = SweepOf(sweep.Name);
        entry.Spec = sweep;
        foreach (var task in tasks)
        {
            if (_divided.ContainsKey(task.Id))
            {
                continue; // its parts are on their way; what they lack is seen when the last one ends
            }

            var added = new TaskEntry(task.Id, task.Analyses, task.Cost, entry);
            if (_tasks.TryAdd(task.Id, added))
            {
                entry.Open++;
                added.IsSuspect = _deaths.Rejoin(task.Id) > 0;
                _ready.Add(added);
            }
            else if (_tasks[task.Id] is { Fence: 0 } waiting)
            {
                waiting.Analyses = [.. waiting.Analyses.Union(task.Analyses)]; // the sweep has grown
            }
        }
    }

    /// <summary>Hands out up to <paramref name="most"/> tasks: higher priority first, then what suits the worker's disk, then larger cost, then first come.</summary>
    public IReadOnlyList<TaskLease> Lease(string worker, int most, TimeSpan now)
    {
        var holder = Touch(worker, now);
        holder.AskedAt = now;
        var leases = new List<TaskLease>();
        while (leases.Count < most && MayTake(holder, now) && _ready.Take(worker) is { } taken)
        {
            var entry = Divide(taken, holder, now);
            entry.Fence = ++_fences;
            entry.Worker = worker;
            entry.Running = false;
            entry.RenewedAt = now;
            entry.Sweep.Leased++;
            _leases[entry.Fence] = entry;
            holder.Fences.Add(entry.Fence);
            leases.Add(new TaskLease(entry.Fence, entry.Id, entry.Sweep.Spec, entry.Analyses, entry.Attempts + 1, entry.IsSuspect));
        }

        return leases;
    }

    /// <summary>Renews a worker's leases and notes which of its tasks run.</summary>
    /// <returns>Those of <paramref name="held"/> that the worker has lost and should not compute.</returns>
    public IReadOnlyList<long> Heartbeat(string worker, IEnumerable<long> held, IEnumerable<long> running, TimeSpan now)
    {
        var holder = Touch(worker, now);
        var orphans = new HashSet<long>();
        foreach (var fence in running)
        {
            if (holder.Fences.Contains(fence))
            {
                _leases[fence].Running = true;
            }
            else if (fence <= _lastBefore)
            {
                orphans.Add(fence); // leased by a dispatcher that died. It may well end first, and a result that exists counts whoever asked for it.
            }
        }

        var known = held.ToHashSet();
        foreach (var fence in holder.Fences.Order().ToArray())
        {
            var entry = _leases[fence];
            if (known.Contains(fence))
            {
                entry.RenewedAt = now;
            }
            else if (now - entry.RenewedAt > options.LeaseDuration)
            {
                // The reply that granted it was lost, or the report that ended it: a worker that lives would keep it for ever.
                Release(entry);
                _ready.Add(entry);
            }
        }

        return [.. known.Where(fence => !holder.Fences.Contains(fence) && !orphans.Contains(fence)).Order()];
    }

    /// <summary>Takes what a worker tells of itself. What it holds on its disk is a preference of <see cref="Lease"/>, never a condition.</summary>
    /// <returns>Whether it was taken; after false the worker has to say everything anew.</returns>
    public bool Announce(string worker, WorkerAnnouncement announcement, TimeSpan now)
    {
        ArgumentNullException.ThrowIfNull(announcement);
        var holder = Touch(worker, now);
        if (announcement.IsWhole)
        {
            _ready.Forget(worker);
        }
        else if (holder.Announced != announcement.Number - 1)
        {
            return false; // one before it was lost, or this dispatcher has just begun
        }

        holder.Announced = announcement.Number;
        _slots += announcement.Slots - holder.Slots;
        (holder.Slots, holder.Devices) = (announcement.Slots, Math.Min(announcement.Slots, announcement.Devices));
        foreach (var checkpoint in announcement.Removed)
        {
            _ready.Holdings.Remove(worker, checkpoint);
        }

        foreach (var checkpoint in announcement.Added)
        {
            _ready.Holdings.Add(worker, checkpoint);
            OfferTasksOf(checkpoint, worker);
        }

        return true;
    }

    /// <summary>Takes a report. Results that exist always count; a failure that comes late does not.</summary>
    public IReadOnlyList<TaskOutcome> Report(string worker, TaskReport report, TimeSpan now)
    {
        ArgumentNullException.ThrowIfNull(report);
        Touch(worker, now);
        if (report.Failure is null && _divided.TryGetValue(report.Task, out var shard))
        {
            // It was leased as a whole before it was divided: everything is there.
            shard.ForgetFailures();
            return [.. shard.Open.ToArray().SelectMany(part => End(part, OutcomeKind.Committed, null, part == shard.Open[^1] ? report.BytesRead : 0))];
        }

        if (!_tasks.TryGetValue(report.Task, out var entry))
        {
            return [];
        }

        if (report.Failure is not { } kind)
        {
            return report.Fence > (entry.Shard?.DividedAt ?? 0) ? End(entry, OutcomeKind.Committed, null, report.BytesRead) : [];
        }

        if (entry.Fence != report.Fence)
        {
            return [];
        }

        Release(entry);
        entry.Analyses = report.Missing.Count > 0 ? report.Missing : entry.Analyses;
        return kind switch
        {
            FailureKind.Infrastructure => Retry(entry, ++entry.Delays, now),
            FailureKind.Transient when ++entry.Attempts < entry.Sweep.Spec.MaxAttempts => Retry(entry, entry.Attempts, now),
            FailureKind.Permanent => Quarantine(entry, kind, report, ++entry.Attempts),
            _ => Quarantine(entry, kind, report, entry.Attempts),
        };
    }

    /// <summary>Takes tasks back that were not started.</summary>
    public void HandBack(string worker, IEnumerable<long> fences)
    {
        foreach (var fence in fences)
        {
            if (_leases.TryGetValue(fence, out var entry) && entry.Worker == worker)
            {
                Release(entry);
                _ready.Add(entry);
            }
        }
    }

    /// <summary>A worker is gone. Only the tasks that were running are charged.</summary>
    public IReadOnlyList<TaskOutcome> WorkerDied(string worker)
    {
        if (!_workers.Remove(worker, out var holder))
        {
            return [];
        }

        _ready.Forget(worker);
        _slots -= holder.Slots;
        OnFreed();

        var ended = new List<TaskOutcome>();
        foreach (var entry in holder.Fences.Order().Select(fence => _leases[fence]).ToArray())
        {
            var wasRunning = entry.Running;
            entry.IsSuspect = true;
            Release(entry);
            var count = wasRunning ? _deaths.Add(entry.Id) : 0;
            if (count >= options.MaxDeaths)
            {
                var message = $"Checkpoint {entry.Id.Checkpoint}: the worker died {count} times while computing {(entry.Shard is null ? "it" : string.Join(", ", entry.Analyses))}, the last time {worker}. "
                    + "Look at that worker's log and memory, then resume the sweep.";
                ended.AddRange(End(entry, OutcomeKind.Quarantined, Failure(entry, FailureKind.WorkerDied, message, count), 0));
            }
            else
            {
                _ready.Add(entry);
            }
        }

        return ended;
    }

    /// <summary>Lets time pass: silent workers lose their leases, waiting tasks become ready.</summary>
    public IReadOnlyList<TaskOutcome> Tick(TimeSpan now)
    {
        var silent = _workers.Where(worker => now - worker.Value.LastSeen > options.LeaseDuration).Select(worker => worker.Key).Order(StringComparer.Ordinal).ToArray();
        var ended = silent.SelectMany(WorkerDied).ToArray();
        while (_waiting.TryPeek(out var next, out var due) && due <= now)
        {
            _waiting.Dequeue();
            if (next.Entry.Version == next.Version)
            {
                _ready.Remove(next.Entry);
                _ready.Add(next.Entry);
            }
        }

        return ended;
    }

    /// <summary>Hands out no more tasks of the sweep, or hands them out again.</summary>
    public void SetPaused(string sweep, bool paused)
    {
        // A sweep may be paused before its first task comes.
        _ready.SetPaused(SweepOf(sweep), paused);
    }

    /// <summary>Drops every task of the sweep that has not ended.</summary>
    public IReadOnlyList<TaskOutcome> Cancel(string sweep)
    {
        var cancelled = _tasks.Values.Where(entry => entry.Id.Sweep == sweep).ToArray();
        return [.. cancelled.SelectMany(entry => End(entry, OutcomeKind.Cancelled, null, 0))];
    }

    private TaskOutcome[] Retry(TaskEntry entry, int failures, TimeSpan now)
    {
        var wait = Math.Min(options.FirstBackoff.TotalSeconds * Math.Pow(2, Math.Min(failures - 1, 30)), options.LongestBackoff.TotalSeconds);

        // Half of the wait is left to chance, or all that failed together would come back together.
        _waiting.Enqueue((entry, entry.Version), now + TimeSpan.FromSeconds(wait * (0.5 + (_jitter.NextDouble() / 2))));
        return [];
    }

    private TaskOutcome[] Quarantine(TaskEntry entry, FailureKind kind, TaskReport report, int attempts) =>
        End(entry, OutcomeKind.Quarantined, Failure(entry, kind, report.Message ?? "no message", attempts), report.BytesRead);

    private static ShardFailure Failure(TaskEntry entry, FailureKind kind, string message, int attempts) =>
        new(entry.Id.Checkpoint, entry.Analyses, kind, message, attempts, default);

    // Empty where parts of the same shard are still on their way.
    private TaskOutcome[] End(TaskEntry entry, OutcomeKind end, ShardFailure? failure, long bytesRead)
    {
        Release(entry);
        _ready.Remove(entry);
        _tasks.Remove(entry.Id);
        entry.Sweep.Open--;
        var ended = entry.Shard is { } shard ? shard.Take(entry, end, failure, bytesRead) : new TaskOutcome(entry.Id, end, failure, bytesRead);
        if (ended is null)
        {
            return [];
        }

        _divided.Remove(entry.Id.Whole);
        _deaths.Forget(entry.Id);
        return [ended];
    }

    private void Release(TaskEntry entry)
    {
        if (entry.Fence != 0)
        {
            _leases.Remove(entry.Fence);
            if (_workers.TryGetValue(entry.Worker!, out var holder))
            {
                holder.Fences.Remove(entry.Fence);
            }

            entry.Sweep.Leased--;
            entry.Fence = 0;
            OnFreed();
        }
    }

    private void OfferTasksOf(CachedCheckpoint held, string worker)
    {
        foreach (var (name, sweep) in _sweeps)
        {
            if (sweep.Ready == 0 || sweep.Spec.Source != held.Source)
            {
                continue;
            }

            var shard = new TaskId(name, held.Checkpoint);
            if (_tasks.TryGetValue(shard, out var whole))
            {
                _ready.Offer(worker, whole);
            }
            else if (_divided.TryGetValue(shard, out var divided))
            {
                divided.Open.ForEach(part => _ready.Offer(worker, part));
            }
        }
    }

    private SweepEntry SweepOf(string sweep)
    {
        if (!_sweeps.TryGetValue(sweep, out var entry))
        {
            _sweeps[sweep] = entry = new SweepEntry();
        }

        return entry;
    }

    private WorkerEntry Touch(string worker, TimeSpan now)
    {
        if (!_workers.TryGetValue(worker, out var entry))
        {
            _workers[worker] = entry = new WorkerEntry();
        }

        entry.LastSeen = now;
        return entry;
    }
}
