using PythiaOrleans.Cluster.Contracts;

namespace PythiaOrleans.Cluster.Scheduling;

/// <content>What people and coordinators may ask.</content>
public sealed partial class Dispatcher
{
    /// <summary>Tasks of one sweep that have not ended.</summary>
    public int OpenOf(string sweep) => _sweeps.TryGetValue(sweep, out var entry) ? entry.Open : 0;

    /// <summary>Leases of one sweep.</summary>
    public int LeasedOf(string sweep) => _sweeps.TryGetValue(sweep, out var entry) ? entry.Leased : 0;

    /// <summary>Leases of one worker.</summary>
    public int LeasedBy(string worker) => _workers.TryGetValue(worker, out var entry) ? entry.Fences.Count : 0;

    /// <summary>Whether a worker holds a lease.</summary>
    internal bool IsLeased(string worker, long fence) => _leases.TryGetValue(fence, out var entry) && entry.Worker == worker;

    /// <summary>Whether a task has not ended.</summary>
    internal bool IsOpen(TaskId task) => _tasks.ContainsKey(task);

    /// <summary>Where a shard is, part by part where it was divided; null where it has ended, or was never asked for.</summary>
    public TaskLocation? Find(TaskId shard)
    {
        if (_divided.TryGetValue(shard.Whole, out var divided))
        {
            TaskLocation[] parts = [.. divided.Select(part => Find(part) with { Analyses = part.Analyses })];
            return parts[0] with { Others = parts[1..] };
        }

        return _tasks.TryGetValue(shard.Whole, out var entry) ? Find(entry) : null;
    }

    /// <summary>What a sweep wants of its shards; null where the sweep is not known.</summary>
    public ShardTerms? TermsOf(string sweep) =>
        _sweeps.TryGetValue(sweep, out var entry) && entry.Spec is { } spec ? new ShardTerms(spec.Analyses, spec.MaxAttempts) : null;

    /// <summary>Whether no task of a sweep is handed out.</summary>
    public bool IsPaused(string sweep) => _sweeps.TryGetValue(sweep, out var entry) && entry.Paused;

    private TaskLocation Find(TaskEntry entry)
    {
        var rank = (-entry.Sweep.Spec.Priority, -entry.Cost);
        var position = entry.Fence != 0 ? 0
            : _tasks.Values.Count(other => other.Fence == 0 && (-other.Sweep.Spec.Priority, -other.Cost).CompareTo(rank) < 0);
        return new TaskLocation(entry.Fence == 0 ? null : entry.Worker, entry.Fence != 0 && entry.Running, entry.Attempts, entry.Delays,
            entry.Deaths, position);
    }

    /// <summary>Who works, and on what.</summary>
    public IReadOnlyList<WorkerStatus> WorkerStatuses(TimeSpan now) =>
    [
        .. _workers.OrderBy(worker => worker.Key, StringComparer.Ordinal).Select(worker =>
        {
            var running = worker.Value.Fences.Order().Select(fence => _leases[fence]).Where(entry => entry.Running)
                .Select(entry => entry.Id).ToArray();
            return new WorkerStatus(worker.Key, now - worker.Value.LastSeen, running, worker.Value.Fences.Count - running.Length,
                worker.Value.Slots, _ready.Holdings.CountOf(worker.Key));
        }),
    ];
}
