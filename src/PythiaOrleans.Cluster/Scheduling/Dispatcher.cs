using PythiaOrleans.Cluster.Contracts;
using PythiaOrleans.Core.Ids;
using PythiaOrleans.Core.Sweeps;

namespace PythiaOrleans.Cluster.Scheduling;

/// <summary>The queue of tasks and their leases: matches tasks with workers. A state machine without clock, network or tasks.</summary>
/// <remarks>
/// Messages and the time go in, decisions come out. The time is any monotonic duration, never a wall clock. What becomes of a task that
/// failed, or was computed, the owner of its checkpoint
/// decides (<see cref="CheckpointMachine"/>); its verdicts come in through <see cref="Settle(ShardVerdict, TimeSpan)"/>. A task that
/// has ended is forgotten: what is done is what the store says.
/// </remarks>
/// <param name="options">Durations and limits.</param>
/// <param name="lastFence">Fences count on from here. A dispatcher that follows one that died should start above it.</param>
/// <param name="costs">What a model's checkpoints take, as far as it is known; null never divides a shard. The same question must
/// always have the same answer.</param>
public sealed partial class Dispatcher(DispatcherOptions options, long lastFence = 0, Func<SweepSpec, string, ShardCost?>? costs = null)
{
    private readonly Dictionary<TaskId, TaskEntry> _tasks = [];

    // Only shards of more than one task are in here.
    private readonly Dictionary<TaskId, List<TaskEntry>> _divided = [];
    private readonly Dictionary<string, SweepEntry> _sweeps = new(StringComparer.Ordinal);
    private readonly Dictionary<string, WorkerEntry> _workers = new(StringComparer.Ordinal);
    private readonly Dictionary<long, TaskEntry> _leases = [];
    private readonly HashSet<TaskEntry> _asked = [];
    private readonly ReadyQueue _ready = new();
    private readonly PriorityQueue<(TaskEntry Entry, int Version), TimeSpan> _waiting = new();
    private long _lastBefore = lastFence;
    private List<FanOutQuestion> _questions = [];
    private List<TaskReport> _reports = [];
    private long _fences = lastFence;

    /// <summary>Tasks that have not ended.</summary>
    public int Open => _tasks.Count;

    /// <summary>Leases handed out.</summary>
    public int Leased => _leases.Count;

    /// <summary>Tasks that no worker holds or gets, because their sweep is paused.</summary>
    public int Paused => _sweeps.Values.Where(sweep => sweep.Paused).Sum(sweep => sweep.Open - sweep.Leased);

    /// <summary>Workers that hold leases or asked for some.</summary>
    public IReadOnlyCollection<string> Workers => _workers.Keys;

    /// <summary>
    /// Counts how often a task became ready, or a slot for one that was kept for others: where it has not changed, there is nothing new
    /// to lease.
    /// </summary>
    public long Arrivals => _ready.Arrivals + _freed;

    /// <summary>What owners of checkpoints are to be asked or told since the last call, and who should ask again.</summary>
    public DispatcherDecisions? TakeDecisions()
    {
        if (_questions.Count == 0 && _reports.Count == 0 && _freedWorkers.Count == 0)
        {
            return null;
        }

        var decisions = new DispatcherDecisions(_questions, _reports, _freedWorkers);
        (_questions, _reports, _freedWorkers) = ([], [], []);
        return decisions;
    }

    /// <summary>Makes tasks ready. Analyses that a task of the shard computes already are left to it.</summary>
    public void Enqueue(SweepSpec sweep, IEnumerable<PendingTask> tasks)
    {
        ArgumentNullException.ThrowIfNull(sweep);
        ArgumentNullException.ThrowIfNull(tasks);
        var entry = SweepOf(sweep.Name);
        entry.Spec = sweep;
        foreach (var task in tasks)
        {
            Cover(entry, task.Id.Whole, task.Analyses, task.Cost, task);
        }
    }

    /// <summary>
    /// Hands out up to <paramref name="maxCount"/> tasks: higher priority first, then what suits the worker's disk, then larger cost,
    /// then first come.
    /// </summary>
    /// <param name="worker">Who asks.</param>
    /// <param name="maxCount">How many it has room for.</param>
    /// <param name="now">The time.</param>
    /// <param name="lastFence">The largest fence that the worker has seen: one that a dispatcher before this one gave it must not come
    /// again.</param>
    public IReadOnlyList<TaskLease> Lease(string worker, int maxCount, TimeSpan now, long lastFence = 0)
    {
        var holder = Touch(worker, now);
        holder.AskedAt = now;
        if (lastFence > _fences)
        {
            (_fences, _lastBefore) = (lastFence, lastFence); // the clock of a dispatcher before this one was ahead
        }

        var leases = new List<TaskLease>();
        while (leases.Count + holder.PartsAwaited < maxCount && CanLease(holder, now) && TakeFor(worker, holder) is { } entry)
        {
            if (IsBeyondShare(entry, holder))
            {
                holder.IsRefused = true; // until one of its tasks has ended
                _passedOver.Add(entry);
                break;
            }

            if (!IsComputedElsewhere(entry) && !AskToDivide(entry, holder, now))
            {
                leases.Add(LeaseTo(entry, worker, holder, now));
            }
        }

        PutBackPassedOver();
        return leases;
    }

    private TaskLease LeaseTo(TaskEntry entry, string worker, WorkerEntry holder, TimeSpan now)
    {
        entry.Fence = ++_fences;
        entry.Worker = worker;
        entry.Running = false;
        entry.RenewedAt = now;
        entry.Sweep.Leased++;
        _leases[entry.Fence] = entry;
        holder.Fences.Add(entry.Fence);
        holder.Work += entry.Estimate;
        KeepPartsTogether(entry, worker);
        return new TaskLease(entry.Fence, entry.Id, entry.Sweep.Spec, entry.Analyses, entry.Attempts + 1, entry.IsSuspect);
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
            else if (fence <= _lastBefore || fence > _fences)
            {
                // Leased by a dispatcher that died. It may well end first, and a result that exists counts, whichever lease it was
                // computed under.
                orphans.Add(fence);
            }
        }

        var known = held.ToHashSet();
        List<long>? unheld = null;
        foreach (var fence in holder.Fences)
        {
            var entry = _leases[fence];
            if (known.Contains(fence))
            {
                entry.RenewedAt = now;
            }
            else if (now - entry.RenewedAt > options.LeaseDuration)
            {
                (unheld ??= []).Add(fence);
            }
        }

        // The reply that granted it was lost, or the report that ended it: a worker that lives would keep it until it dies.
        foreach (var entry in unheld?.Order().Select(fence => _leases[fence]).ToArray() ?? [])
        {
            PutBack(entry);
        }

        return [.. known.Where(fence => !holder.Fences.Contains(fence) && !orphans.Contains(fence)).Order()];
    }

    /// <summary>
    /// Takes what a worker tells of itself. What it holds on its disk is a preference of <see cref="Lease"/>, never a condition.
    /// </summary>
    /// <returns>Whether it was taken; after false the worker has to send a whole announcement.</returns>
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
        var devices = Math.Min(announcement.Slots, announcement.Devices);
        _slots += announcement.Slots - holder.Slots;
        _devices += devices - holder.Devices;
        (holder.Slots, holder.Devices) = (announcement.Slots, devices);
        holder.Lacks = announcement.Lacks ?? [];
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

    /// <summary>Takes failed tasks from their worker and keeps them for the answers of their owners.</summary>
    /// <returns>Those of <paramref name="fences"/> that the worker held. Asking again for one that was taken gives it again.</returns>
    public IReadOnlyList<long> TakeBack(string worker, IEnumerable<long> fences, TimeSpan now)
    {
        var taken = new List<long>();
        foreach (var fence in fences)
        {
            if (_leases.TryGetValue(fence, out var entry) && entry.Worker == worker)
            {
                Release(entry);
                KeepForOwner(entry, OwnerQuestion.Failure, fence, now);
                taken.Add(fence);
            }
            else if (_asked.Any(asked => asked.Question == OwnerQuestion.Failure && asked.QuestionNumber == fence
                && asked.Worker == worker))
            {
                taken.Add(fence); // the reply was lost
            }
        }

        return taken;
    }

    /// <summary>Takes tasks back that were not started.</summary>
    public void HandBack(string worker, IEnumerable<long> fences)
    {
        foreach (var fence in fences)
        {
            if (_leases.TryGetValue(fence, out var entry) && entry.Worker == worker)
            {
                PutBack(entry);
            }
        }
    }

    /// <summary>
    /// Lets time pass: silent workers lose their leases, waiting tasks become ready, owners that did not answer are told again.
    /// </summary>
    public void Tick(TimeSpan now)
    {
        foreach (var silent in _workers.Where(worker => now - worker.Value.LastSeen > options.LeaseDuration).Select(worker => worker.Key)
            .Order(StringComparer.Ordinal).ToArray())
        {
            WorkerDied(silent, now);
        }

        while (_waiting.TryPeek(out var next, out var due) && due <= now)
        {
            _waiting.Dequeue();
            if (next.Entry.Version == next.Version)
            {
                _ready.Remove(next.Entry);
                _ready.Add(next.Entry);
            }
        }

        foreach (var entry in _asked.Where(entry => now - entry.AskedAt > options.LeaseDuration).OrderBy(entry => entry.QuestionNumber)
            .ToArray())
        {
            OnUnanswered(entry, now);
        }
    }

    /// <summary>Hands out no more tasks of the sweep, or hands them out again.</summary>
    public void SetPaused(string sweep, bool paused)
    {
        // A sweep may be paused before its first task comes.
        _ready.SetPaused(SweepOf(sweep), paused);
    }

    /// <summary>Drops every task of the sweep that has not ended.</summary>
    public void Cancel(string sweep)
    {
        foreach (var entry in _tasks.Values.Where(entry => entry.Id.Sweep == sweep).ToArray())
        {
            End(entry);
        }
    }

    private void End(TaskEntry entry)
    {
        Release(entry);
        Answered(entry);
        _ready.Remove(entry);
        entry.BlockedBy?.Blocked!.Remove(entry);
        entry.BlockedBy = null;
        _tasks.Remove(entry.Id);
        entry.Sweep.Open--;
        entry.Sweep.Shards -= entry.Share;
        entry.Sweep.Work -= entry.Estimate;
        if (_divided.TryGetValue(entry.Id.Whole, out var parts))
        {
            parts.Remove(entry);
            if (parts.Count == 0)
            {
                _divided.Remove(entry.Id.Whole);
            }
        }
    }

    private void Release(TaskEntry entry)
    {
        if (entry.Fence != 0)
        {
            _leases.Remove(entry.Fence);
            if (_workers.TryGetValue(entry.Worker!, out var holder))
            {
                holder.Fences.Remove(entry.Fence);
                holder.Work -= entry.Estimate;
                OnFreed(entry.Worker!, holder);
            }

            entry.Sweep.Leased--;
            entry.Fence = 0;
            Unblock(entry);
        }
    }

    private void OfferTasksOf(CachedCheckpoint held, string worker)
    {
        foreach (var (name, sweep) in _sweeps)
        {
            if (sweep.Ready > 0 && sweep.Spec.Source == held.Source)
            {
                foreach (var entry in TasksOf(new TaskId(name, held.Checkpoint)))
                {
                    _ready.Offer(worker, entry);
                }
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
