using PythiaOrleans.Cluster.Contracts;
using PythiaOrleans.Core.Ids;

namespace PythiaOrleans.Cluster.Scheduling;

/// <content>Lets several slots share one shard where slots would be idle otherwise.</content>
/// <remarks>
/// A shard is divided at the moment it is leased, not when it is planned. Planning knows the missing analyses but not who will be idle: in the tail of a sweep there are as few tasks as in a small
/// sweep, workers join later, and a whole task that nobody waits beside should stay whole, because every part fetches and loads the checkpoint again.
/// </remarks>
public sealed partial class Dispatcher
{
    // A worker that waits asks again every five seconds; one that has not asked for twice as long pauses, leaves or is dead.
    private static readonly TimeSpan AsksWithin = TimeSpan.FromSeconds(10);

    private readonly Dictionary<TaskId, DividedShard> _divided = [];
    private int _slots;
    private bool _hasHeldBack;
    private long _freed;

    // What is fetched ahead must not be what an idle slot elsewhere could compute at once. With as many tasks as slots nobody needs to count.
    private bool MayTake(WorkerEntry holder, TimeSpan now)
    {
        if (holder.Slots == 0 || holder.Fences.Count < holder.Slots || _ready.Count >= _slots || _ready.Count > IdleBeside(holder, worker => worker.Slots, now))
        {
            return true;
        }

        _hasHeldBack |= _ready.Count > 0;
        return false;
    }

    private int IdleBeside(WorkerEntry holder, Func<WorkerEntry, int> places, TimeSpan now)
    {
        var idle = 0;
        foreach (var worker in _workers.Values)
        {
            idle += worker != holder && now - worker.AskedAt <= AsksWithin ? Math.Max(0, places(worker) - worker.Fences.Count) : 0;
        }

        return idle;
    }

    /// <summary>Divides a shard that was just taken from the queue, if slots wait for which there is nothing else and the estimates say that it pays.</summary>
    /// <returns>What the worker gets: the whole, or its longest part.</returns>
    private TaskEntry Divide(TaskEntry whole, WorkerEntry holder, TimeSpan now)
    {
        // What has failed or killed before stays as it is: its attempts and deaths are its own.
        var ready = _ready.Count + 1;
        if (costs is null || ready >= _slots || whole.Shard is not null || whole.Analyses.Count < 2 || whole.IsSuspect || whole.Attempts > 0)
        {
            return whole;
        }

        // Two slots of one processor would share its cores, and hold the checkpoint twice for nothing: devices count, not slots.
        var idle = IdleBeside(holder, worker => worker.Devices, now) + Math.Max(0, holder.Devices - holder.Fences.Count);
        var most = Math.Min(options.MostParts, (idle + ready - 1) / ready); // the other tasks that are ready may be divided, too
        if (most < 2 || costs(whole.Sweep.Spec, whole.Id.Checkpoint.Model) is not { } cost)
        {
            return whole;
        }

        var parts = FanOut.Divide(whole.Analyses, cost, most, options.SmallestPart, options.ReloadFactor);
        return parts.Count == 1 ? whole : Replace(whole, [.. parts]);
    }

    private TaskEntry Replace(TaskEntry whole, (AnalysisId[] Analyses, double Share)[] parts)
    {
        var shard = new DividedShard(whole.Id, _fences);
        for (var i = 0; i < parts.Length; i++)
        {
            var part = new TaskEntry(whole.Id with { Part = i + 1 }, parts[i].Analyses, (long)(whole.Cost * parts[i].Share), whole.Sweep) { Shard = shard, Delays = whole.Delays };
            shard.Open.Add(part);
            _tasks.Add(part.Id, part);
        }

        _tasks.Remove(whole.Id);
        _divided.Add(whole.Id, shard);
        whole.Sweep.Open += parts.Length - 1;
        foreach (var other in shard.Open.Skip(1))
        {
            _ready.Add(other);
        }

        return shard.Open[0];
    }

    // Somebody who was refused a task may have a slot for it now.
    private void OnFreed()
    {
        if (_hasHeldBack)
        {
            _hasHeldBack = false;
            _freed++;
        }
    }
}
