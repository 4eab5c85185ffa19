using PythiaOrleans.Checkpoints;
using PythiaOrleans.Results;

namespace PythiaOrleans.Cluster;

/// <summary>Who computes what, when a lease ends, what is retried and what is given up: a state machine without clock, network or tasks.</summary>
/// <remarks>
/// Messages and the time go in, decisions come out. The time is any monotonic duration, never a wall clock. A task that has ended is forgotten: what is done
/// is what the store says.
/// </remarks>
/// <param name="options">Durations and limits.</param>
/// <param name="lastFence">Fences count on from here. A dispatcher that follows one that died must start above it, or a late report would fit a new lease.</param>
/// <param name="deaths">What a dispatcher before this one has counted; null begins anew.</param>
public sealed class Dispatcher(DispatcherOptions options, long lastFence = 0, DeathBook? deaths = null)
{
    private readonly DeathBook _deaths = deaths ?? new DeathBook();
    private readonly Dictionary<TaskId, Entry> _tasks = [];
    private readonly Dictionary<string, SweepEntry> _sweeps = new(StringComparer.Ordinal);
    private readonly Dictionary<string, WorkerEntry> _workers = new(StringComparer.Ordinal);
    private readonly Dictionary<long, Entry> _leases = [];
    private readonly PriorityQueue<(Entry Entry, int Version), (int Priority, long Cost, long Order)> _ready = new();
    private readonly PriorityQueue<(Entry Entry, int Version), TimeSpan> _waiting = new();
    private readonly Random _jitter = new(options.Seed);
    private readonly long _lastBefore = lastFence;
    private long _fences = lastFence;
    private long _order;

    /// <summary>Tasks that have not ended.</summary>
    public int Open => _tasks.Count;

    /// <summary>Leases handed out.</summary>
    public int Leased => _leases.Count;

    /// <summary>Tasks that nobody holds and nobody gets, because their sweep is paused.</summary>
    public int Paused => _sweeps.Values.Where(sweep => sweep.Paused).Sum(sweep => sweep.Open - sweep.Leased);

    /// <summary>Workers that hold leases or asked for some.</summary>
    public IReadOnlyCollection<string> Workers => _workers.Keys;

    /// <summary>Counts how often a task became ready: where it has not changed, there is nothing new to lease.</summary>
    public long Arrivals => _order;

    /// <summary>Tasks of one sweep that have not ended.</summary>
    public int OpenOf(string sweep) => _sweeps.TryGetValue(sweep, out var entry) ? entry.Open : 0;

    /// <summary>Leases of one sweep.</summary>
    public int LeasedOf(string sweep) => _sweeps.TryGetValue(sweep, out var entry) ? entry.Leased : 0;

    /// <summary>Leases of one worker.</summary>
    public int LeasedBy(string worker) => _workers.TryGetValue(worker, out var entry) ? entry.Fences.Count : 0;

    /// <summary>Where a task is; null where it has ended, or was never asked for.</summary>
    public TaskWhereabouts? Find(TaskId task)
    {
        if (!_tasks.TryGetValue(task, out var entry))
        {
            return null;
        }

        var rank = (-entry.Sweep.Spec.Priority, -entry.Cost);
        var ahead = entry.Fence != 0 ? 0 : _tasks.Values.Count(other => other.Fence == 0 && (-other.Sweep.Spec.Priority, -other.Cost).CompareTo(rank) < 0);
        return new TaskWhereabouts(entry.Fence == 0 ? null : entry.Worker, entry.Fence != 0 && entry.Running, entry.Attempts, entry.Delays, _deaths[task], ahead);
    }

    /// <summary>Who works, and on what.</summary>
    public IReadOnlyList<WorkerStatus> WorkerStatuses(TimeSpan now) =>
    [
        .. _workers.OrderBy(worker => worker.Key, StringComparer.Ordinal).Select(worker =>
        {
            var running = worker.Value.Fences.Order().Select(fence => _leases[fence]).Where(entry => entry.Running).Select(entry => entry.Id).ToArray();
            return new WorkerStatus(worker.Key, now - worker.Value.LastSeen, running, worker.Value.Fences.Count - running.Length);
        }),
    ];

    /// <summary>Makes tasks ready. A task that has not ended stays where it is; what a leased one lacks is seen when it ends.</summary>
    public void Enqueue(SweepSpec sweep, IEnumerable<TaskRequest> tasks)
    {
        ArgumentNullException.ThrowIfNull(sweep);
        ArgumentNullException.ThrowIfNull(tasks);
        var entry = SweepOf(sweep.Name);
        entry.Spec = sweep;
        foreach (var task in tasks)
        {
            var added = new Entry(task, entry) { IsSuspect = _deaths[task.Id] > 0 };
            if (_tasks.TryAdd(task.Id, added))
            {
                entry.Open++;
                MakeReady(added);
            }
            else if (_tasks[task.Id] is { Fence: 0 } waiting)
            {
                waiting.Analyses = [.. waiting.Analyses.Union(task.Analyses)]; // the sweep has grown
            }
        }
    }

    /// <summary>Hands out up to <paramref name="most"/> tasks: higher priority first, then larger cost, then first come.</summary>
    public IReadOnlyList<TaskLease> Lease(string worker, int most, TimeSpan now)
    {
        var holder = Touch(worker, now);
        var leases = new List<TaskLease>();
        while (leases.Count < most && _ready.TryDequeue(out var next, out _))
        {
            var (entry, version) = next;
            if (entry.Version != version)
            {
                continue; // it left the queue in another way
            }

            if (entry.Sweep.Paused)
            {
                entry.Sweep.Parked.Add(next);
                continue;
            }

            entry.Leave();
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
                MakeReady(entry);
            }
        }

        return [.. known.Where(fence => !holder.Fences.Contains(fence) && !orphans.Contains(fence)).Order()];
    }

    /// <summary>Takes a report. Results that exist always count; a failure that comes late does not.</summary>
    public IReadOnlyList<TaskEnded> Report(string worker, TaskReport report, TimeSpan now)
    {
        ArgumentNullException.ThrowIfNull(report);
        Touch(worker, now);
        if (!_tasks.TryGetValue(report.Task, out var entry))
        {
            return [];
        }

        if (report.Failure is not { } kind)
        {
            return [End(entry, TaskEnd.Committed, null, report.BytesRead)];
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
                MakeReady(entry);
            }
        }
    }

    /// <summary>A worker is gone. Only the tasks that were running are charged.</summary>
    public IReadOnlyList<TaskEnded> WorkerDied(string worker)
    {
        if (!_workers.Remove(worker, out var holder))
        {
            return [];
        }

        var ended = new List<TaskEnded>();
        foreach (var entry in holder.Fences.Order().Select(fence => _leases[fence]).ToArray())
        {
            var wasRunning = entry.Running;
            entry.IsSuspect = true;
            Release(entry);
            var count = wasRunning ? _deaths.Add(entry.Id) : 0;
            if (count >= options.MaxDeaths)
            {
                var message = $"Checkpoint {entry.Id.Checkpoint}: the worker died {count} times while computing it, the last time {worker}. "
                    + "Look at that worker's log and memory, then resume the sweep.";
                ended.Add(End(entry, TaskEnd.Quarantined, Failure(entry, FailureKind.WorkerDied, message, count), 0));
            }
            else
            {
                MakeReady(entry);
            }
        }

        return ended;
    }

    /// <summary>Lets time pass: silent workers lose their leases, waiting tasks become ready.</summary>
    public IReadOnlyList<TaskEnded> Tick(TimeSpan now)
    {
        var silent = _workers.Where(worker => now - worker.Value.LastSeen > options.LeaseDuration).Select(worker => worker.Key).Order(StringComparer.Ordinal).ToArray();
        var ended = silent.SelectMany(WorkerDied).ToArray();
        while (_waiting.TryPeek(out var next, out var due) && due <= now)
        {
            _waiting.Dequeue();
            if (next.Entry.Version == next.Version)
            {
                next.Entry.Leave();
                MakeReady(next.Entry);
            }
        }

        return ended;
    }

    /// <summary>Hands out no more tasks of the sweep, or hands them out again.</summary>
    public void SetPaused(string sweep, bool paused)
    {
        // A sweep may be paused before its first task comes.
        var entry = SweepOf(sweep);
        entry.Paused = paused;
        if (!paused)
        {
            foreach (var (parked, version) in entry.Parked)
            {
                if (parked.Version == version)
                {
                    parked.Leave();
                    MakeReady(parked);
                }
            }

            entry.Parked.Clear();
        }
    }

    /// <summary>Drops every task of the sweep that has not ended.</summary>
    public IReadOnlyList<TaskEnded> Cancel(string sweep)
    {
        var cancelled = _tasks.Values.Where(entry => entry.Id.Sweep == sweep).ToArray();
        return [.. cancelled.Select(entry => End(entry, TaskEnd.Cancelled, null, 0))];
    }

    private TaskEnded[] Retry(Entry entry, int failures, TimeSpan now)
    {
        var wait = Math.Min(options.FirstBackoff.TotalSeconds * Math.Pow(2, Math.Min(failures - 1, 30)), options.LongestBackoff.TotalSeconds);

        // Half of the wait is left to chance, or all that failed together would come back together.
        _waiting.Enqueue((entry, entry.Version), now + TimeSpan.FromSeconds(wait * (0.5 + (_jitter.NextDouble() / 2))));
        return [];
    }

    private TaskEnded[] Quarantine(Entry entry, FailureKind kind, TaskReport report, int attempts) =>
        [End(entry, TaskEnd.Quarantined, Failure(entry, kind, report.Message ?? "no message", attempts), report.BytesRead)];

    private static ShardFailure Failure(Entry entry, FailureKind kind, string message, int attempts) =>
        new(entry.Id.Checkpoint, entry.Analyses, kind, message, attempts, default);

    private TaskEnded End(Entry entry, TaskEnd end, ShardFailure? failure, long bytesRead)
    {
        Release(entry);
        entry.Leave();
        _tasks.Remove(entry.Id);
        _deaths.Forget(entry.Id);
        entry.Sweep.Open--;
        return new TaskEnded(entry.Id, end, failure, bytesRead);
    }

    private void Release(Entry entry)
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
        }
    }

    private void MakeReady(Entry entry) => _ready.Enqueue((entry, entry.Version), (-entry.Sweep.Spec.Priority, -entry.Cost, ++_order));

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

    private sealed class SweepEntry
    {
        public SweepSpec Spec { get; set; } = null!;

        public bool Paused { get; set; }

        public int Open { get; set; }

        public int Leased { get; set; }

        public List<(Entry Entry, int Version)> Parked { get; } = [];
    }

    private sealed class WorkerEntry
    {
        public TimeSpan LastSeen { get; set; }

        public HashSet<long> Fences { get; } = [];
    }

    private sealed class Entry(TaskRequest request, SweepEntry sweep)
    {
        public TaskId Id { get; } = request.Id;

        public long Cost { get; } = request.Cost;

        public SweepEntry Sweep { get; } = sweep;

        public IReadOnlyList<AnalysisId> Analyses { get; set; } = request.Analyses;

        public int Attempts { get; set; }

        public int Delays { get; set; }

        public long Fence { get; set; }

        public string? Worker { get; set; }

        public bool Running { get; set; }

        public TimeSpan RenewedAt { get; set; }

        public bool IsSuspect { get; set; }

        /// <summary>Queues hold (entry, version): one with another version is a leftover.</summary>
        public int Version { get; private set; }

        /// <summary>Leaves whatever queue it is in.</summary>
        public void Leave() => Version++;
    }
}
