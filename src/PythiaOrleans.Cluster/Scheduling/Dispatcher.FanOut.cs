using PythiaOrleans.Cluster.Contracts;
using PythiaOrleans.Core.Ids;

namespace PythiaOrleans.Cluster.Scheduling;

/// <content>Lets several slots share one shard where the sweep would end later otherwise.</content>
/// <remarks>
/// There are two reasons to divide: slots are idle, or the shard alone is a large part of each device's share of all that is left, so
/// that the others may wait for it at the end.
/// A shard is divided at the moment it would be leased, not when it is planned. Planning knows the missing analyses but not which
/// devices will be idle: in the tail of a sweep there are as few
/// tasks as in a small sweep, workers join later, and a whole task that no slot waits beside should stay whole, because every part
/// fetches and loads the checkpoint again.
/// The dispatcher knows the idle devices; the owner of the checkpoint knows what the shard lacks and divides it.
/// </remarks>
public sealed partial class Dispatcher
{
    // A worker that waits asks again every five seconds; one that has not asked for twice as long pauses, leaves or is dead.
    private static readonly TimeSpan IdleTimeout = TimeSpan.FromSeconds(10);

    // No task takes more than this part of a device's share of what is left: estimates are wrong by a half, and what begins last should
    // be short. Two, three and four were tried in simulated time (docs/scale.md).
    private const int TasksOfAShare = 3;

    // Where all are of one size, parts gain nothing as long as no slot is idle.
    private const double LargerThanMean = 1.25;

    private int _slots;
    private int _devices;
    private int _partsAsked;
    private bool _hasHeldBack;
    private long _freed;
    private List<string> _freedWorkers = [];

    /// <summary>Takes the answer to a question about the parts of a task.</summary>
    /// <param name="question">What was asked.</param>
    /// <param name="parts">The parts, the longest first; one or none leaves the task whole.</param>
    public void Divide(FanOutQuestion question, IReadOnlyList<ShardPart> parts)
    {
        ArgumentNullException.ThrowIfNull(question);
        ArgumentNullException.ThrowIfNull(parts);
        if (!_tasks.TryGetValue(question.Task, out var whole) || whole.Question != OwnerQuestion.FanOut
            || whole.QuestionNumber != question.Number)
        {
            return; // it ended meanwhile, or another answer came first
        }

        Answered(whole);
        ShardPart[] open =
        [
            .. parts.Select(part => part with { Analyses = [.. part.Analyses.Where(whole.Analyses.Contains)] }) // some may exist by now
                .Where(part => part.Analyses.Count > 0),
        ];
        if (open.Length < 2)
        {
            whole.StaysWhole = true;
            _ready.Add(whole);
            return;
        }

        End(whole);
        foreach (var part in open)
        {
            AddPart(whole, part.Analyses, part.Share);
        }
    }

    private TaskEntry AddPart(TaskEntry whole, IReadOnlyList<AnalysisId> analyses, double share)
    {
        var part = new TaskEntry(FreePart(whole.Id, first: 1), analyses, (long)(whole.Cost * share), whole.Sweep)
        {
            Share = whole.Share * share,
            Delays = whole.Delays,
        };
        Add(part);
        return part;
    }

    // What is fetched ahead must not be what an idle slot elsewhere could compute at once. With as many tasks as slots there is no need
    // to count.
    private bool CanLease(WorkerEntry holder, TimeSpan now)
    {
        if (HasFreeSlot(holder) || _ready.Count >= _slots || _ready.Count > IdleSlotsElsewhere(holder, worker => worker.Slots, now))
        {
            return true;
        }

        _hasHeldBack |= _ready.Count > 0;
        return false;
    }

    // Nor is more fetched ahead than a part of the worker's share of what is left: others would wait for it at the end.
    private bool IsBeyondShare(TaskEntry entry, WorkerEntry holder) =>
        holder.Devices < _devices && !HasFreeSlot(holder)
            && holder.Work + entry.Estimate > WorkLeft().Work * holder.Devices / (TasksOfAShare * _devices);

    private static bool HasFreeSlot(WorkerEntry holder) =>
        holder.Slots == 0 || holder.Fences.Count + holder.PartsAwaited < holder.Slots;

    // Of what no sweep's pause holds back. What a lease has computed already is not known, and counts as left.
    private (TimeSpan Work, double Shards) WorkLeft()
    {
        var (work, shards) = (TimeSpan.Zero, 0.0);
        foreach (var sweep in _sweeps.Values)
        {
            if (!sweep.Paused)
            {
                (work, shards) = (work + sweep.Work, shards + sweep.Shards);
            }
        }

        return (work, shards);
    }

    private TimeSpan EstimateOf(TaskEntry entry) => costs?.Invoke(entry.Sweep.Spec, entry.Id.Checkpoint.Model) is { } cost
        ? cost.Reload + TimeSpan.FromSeconds(cost.SecondsOf(entry.Analyses))
        : TimeSpan.Zero;

    // A checkpoint that several workers share is fetched by each of them.
    private void KeepPartsTogether(TaskEntry part, string worker)
    {
        if (part.Id.Part > 0 && !_ready.Holdings.Holds(worker, part.Own))
        {
            _ready.Holdings.Add(worker, part.Own);
            OfferTasksOf(part.Own, worker);
        }
    }

    private int IdleSlotsElsewhere(WorkerEntry holder, Func<WorkerEntry, int> places, TimeSpan now)
    {
        var idle = 0;
        foreach (var worker in _workers.Values)
        {
            idle += worker != holder && now - worker.AskedAt <= IdleTimeout ? Math.Max(0, places(worker) - worker.Fences.Count) : 0;
        }

        return idle;
    }

    /// <summary>
    /// Asks the owner for the parts of a task that was just taken from the queue, if slots wait for which there is nothing else, or it
    /// is a large part of each device's share of what is left, and the estimates say that it pays.
    /// </summary>
    /// <returns>Whether it was asked; the task is kept until the answer comes.</returns>
    private bool AskToDivide(TaskEntry whole, WorkerEntry holder, TimeSpan now)
    {
        // What has failed or killed before stays as it is: its attempts and deaths are its own.
        if (costs is null || _devices < 2 || whole.StaysWhole || whole.Id.Part > 0 || whole.Analyses.Count < 2 || whole.IsSuspect
            || whole.Attempts > 0
            || _divided.ContainsKey(whole.Id.Whole))
        {
            return false;
        }

        var maxParts = Math.Min(options.MostParts, Math.Max(PartsForShare(whole), PartsForIdle(holder, now)));
        if (maxParts < 2 || costs(whole.Sweep.Spec, whole.Id.Checkpoint.Model) is not { } cost)
        {
            return false;
        }

        var parts = FanOut.Divide(whole.Analyses, cost, maxParts, options.SmallestPart, options.ReloadFactor).Count;
        if (parts < 2)
        {
            return false;
        }

        var number = ++_fences; // no lease has it
        KeepForOwner(whole, OwnerQuestion.FanOut, number, now);
        (whole.PartsAsked, whole.AskedFor) = (parts, holder);
        _partsAsked += parts;
        holder.PartsAwaited += parts;
        holder.Work += whole.Estimate;
        _questions.Add(new FanOutQuestion(number, whole.Id, whole.Sweep.Spec, whole.Analyses, maxParts));
        return true;
    }

    private int PartsForShare(TaskEntry whole)
    {
        var (work, shards) = WorkLeft();
        var longest = work / (TasksOfAShare * _devices);
        return whole.Estimate > longest && whole.Estimate > LargerThanMean * work / shards
            ? (int)Math.Min(options.MostParts, Math.Ceiling(whole.Estimate / longest))
            : 1;
    }

    // Two slots of one processor would share its cores, and hold the checkpoint twice for nothing: devices count, not slots.
    private int PartsForIdle(WorkerEntry holder, TimeSpan now)
    {
        var ready = _ready.Count + 1;
        if (ready >= _slots)
        {
            return 1;
        }

        var idle = IdleSlotsElsewhere(holder, worker => worker.Devices, now)
            + Math.Max(0, holder.Devices - holder.Fences.Count) - _partsAsked;
        return (idle + ready - 1) / ready; // the other tasks that are ready may be divided, too
    }

    // A worker that was refused a task may have a slot for it now, or room in its share.
    private void OnFreed(string worker, WorkerEntry holder)
    {
        if (holder.IsRefused)
        {
            holder.IsRefused = false;
            _freedWorkers.Add(worker);
        }

        if (_hasHeldBack)
        {
            _hasHeldBack = false;
            _freed++;
        }
    }
}
