namespace PythiaOrleans.Cluster.Scheduling;

/// <summary>
/// The tasks that may be leased, and which of them a worker gets: the most urgent and largest, unless its disk makes another one of the
/// same priority cheaper.
/// </summary>
/// <remarks>
/// A worker is first given the largest task whose checkpoint it holds; else, of the first <see cref="Window"/> in order, one whose
/// neighbours it holds and whose checkpoint no other worker holds.
/// That is a preference and nothing more: a worker that asks gets a task if there is one, and never one of a lower priority. While no
/// worker has announced a disk of its own, this is a plain queue.
/// </remarks>
internal sealed class ReadyQueue
{
    /// <summary>
    /// How far beyond the next task a better one is looked for: far enough for a cache to matter, near enough that large tasks still
    /// come first.
    /// </summary>
    private const int Window = 32;

    private readonly PriorityQueue<(TaskEntry Entry, int Version), ReadyRank> _all = new();

    // What each worker holds on its disk, for the workers that hold something.
    private readonly Dictionary<string, PriorityQueue<(TaskEntry Entry, int Version), ReadyRank>> _own = new(StringComparer.Ordinal);
    private readonly List<(TaskEntry Entry, ReadyRank Rank)> _window = [];

    /// <summary>What lies on the workers' disks.</summary>
    public Holdings Holdings { get; } = new();

    /// <summary>Tasks that can be leased now.</summary>
    public int Count { get; private set; }

    /// <summary>Counts how often a task became ready.</summary>
    public long Arrivals { get; private set; }

    /// <summary>Lets a task be leased.</summary>
    public void Add(TaskEntry entry)
    {
        entry.Rank = new ReadyRank(-entry.Sweep.Spec.Priority, -entry.Cost, ++Arrivals);
        PutBack(entry);
    }

    /// <summary>Puts a task back that was taken for a worker and is no task for it: at its old place, and nothing new for others.</summary>
    public void PutBack(TaskEntry entry)
    {
        entry.IsReady = true;
        entry.Sweep.Ready++;
        Count += entry.Sweep.Paused ? 0 : 1;
        _all.Enqueue((entry, entry.Version), entry.Rank);
        if (!Holdings.IsEmpty)
        {
            foreach (var holder in Holdings.HoldersOf(entry.Own))
            {
                Offer(holder, entry);
            }
        }
    }

    /// <summary>Takes a task out of whatever queue it is in.</summary>
    public void Remove(TaskEntry entry)
    {
        entry.Version++;
        if (entry.IsReady)
        {
            entry.IsReady = false;
            entry.Sweep.Ready--;
            Count -= entry.Sweep.Paused ? 0 : 1;
        }
    }

    /// <summary>Tells that a worker holds the checkpoint of a task.</summary>
    public void Offer(string worker, TaskEntry entry)
    {
        if (!entry.IsReady)
        {
            return; // it is offered when it becomes ready
        }

        if (!_own.TryGetValue(worker, out var own))
        {
            _own[worker] = own = new();
        }

        own.Enqueue((entry, entry.Version), entry.Rank);
    }

    /// <summary>Forgets what a worker holds: it is gone, or sends a whole announcement.</summary>
    public void Forget(string worker)
    {
        Holdings.Forget(worker);
        _own.Remove(worker);
    }

    /// <summary>Takes out the task that suits the worker best; null where none is ready.</summary>
    public TaskEntry? Take(string worker)
    {
        if (Peek(_all) is not { } first)
        {
            return null;
        }

        var chosen = Holdings.IsEmpty ? first.Entry : Choose(worker, first.Rank);
        Remove(chosen);
        return chosen;
    }

    /// <summary>Hands out no more tasks of the sweep, or hands them out again.</summary>
    public void SetPaused(SweepEntry sweep, bool paused)
    {
        if (sweep.Paused == paused)
        {
            return;
        }

        sweep.Paused = paused;
        Count += paused ? -sweep.Ready : sweep.Ready;
        if (!paused)
        {
            foreach (var (parked, version) in sweep.Parked)
            {
                if (parked.Version == version)
                {
                    Remove(parked);
                    Add(parked);
                }
            }

            sweep.Parked.Clear();
        }
    }

    private static (TaskEntry Entry, ReadyRank Rank)? Peek(PriorityQueue<(TaskEntry Entry, int Version), ReadyRank> queue)
    {
        while (queue.TryPeek(out var next, out var rank))
        {
            var (entry, version) = next;
            if (entry.Version == version && !entry.Sweep.Paused)
            {
                return (entry, rank);
            }

            queue.Dequeue();
            if (entry.Version == version)
            {
                entry.Sweep.Parked.Add(next);
            }
        }

        return null;
    }

    private TaskEntry Choose(string worker, ReadyRank first) => ChooseOwn(worker, first.Priority) ?? ChooseNear(worker, first.Priority);

    private TaskEntry? ChooseOwn(string worker, int priority)
    {
        if (!_own.TryGetValue(worker, out var own))
        {
            return null;
        }

        while (Peek(own) is { } next)
        {
            if (next.Rank.Priority != priority)
            {
                return null;
            }

            if (Holdings.Holds(worker, next.Entry.Own))
            {
                return next.Entry;
            }

            own.Dequeue(); // it was evicted meanwhile
        }

        return null;
    }

    private TaskEntry ChooseNear(string worker, int priority)
    {
        var (best, bestPenalty) = (0, int.MaxValue);
        while (bestPenalty > 0 && _window.Count < Window && Peek(_all) is { } next && next.Rank.Priority == priority)
        {
            _all.Dequeue();
            if (Penalty(worker, next.Entry) is var penalty && penalty < bestPenalty)
            {
                (best, bestPenalty) = (_window.Count, penalty);
            }

            _window.Add(next);
        }

        var chosen = _window[best].Entry;
        foreach (var (entry, rank) in _window)
        {
            _all.Enqueue((entry, entry.Version), rank);
        }

        _window.Clear();
        return chosen;
    }

    // What another worker has on its disk should be left to it, while there is something else; but a shard was divided so that several
    // workers end sooner.
    private int Penalty(string worker, TaskEntry entry)
    {
        var spec = entry.Sweep.Spec;
        var own = entry.Own;
        var isNear = Holdings.Holds(worker, own with { Checkpoint = own.Checkpoint with { Step = spec.ReferenceStep } })
            || (spec.Stride is { } stride
                && Holdings.Holds(worker, own with { Checkpoint = own.Checkpoint with { Step = own.Checkpoint.Step - stride } }));
        return (entry.Id.Part == 0 && Holdings.HoldersOf(own).Count > 0 && !Holdings.Holds(worker, own) ? 2 : 0) + (isNear ? 0 : 1);
    }
}
