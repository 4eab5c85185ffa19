using PythiaOrleans.Cluster.Contracts;
using PythiaOrleans.Core.Ids;

namespace PythiaOrleans.Cluster.Scheduling;

/// <content>Lets several slots share one shard where slots would be idle otherwise.</content>
/// <remarks>
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

    private int _slots;
    private int _partsAsked;
    private bool _hasHeldBack;
    private long _freed;

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
            Delays = whole.Delays,
            StaysWhole = true,
        };
        Add(part);
        return part;
    }

    // What is fetched ahead must not be what an idle slot elsewhere could compute at once. With as many tasks as slots there is no need
    // to count.
    private bool CanLease(WorkerEntry holder, TimeSpan now)
    {
        if (holder.Slots == 0 || holder.Fences.Count < holder.Slots || _ready.Count >= _slots
            || _ready.Count > IdleSlotsElsewhere(holder, worker => worker.Slots, now))
        {
            return true;
        }

        _hasHeldBack |= _ready.Count > 0;
        return false;
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
    /// Asks the owner for the parts of a task that was just taken from the queue, if slots wait for which there is nothing else and the
    /// estimates say that it pays.
    /// </summary>
    /// <returns>Whether it was asked; the task is kept until the answer comes.</returns>
    private bool AskToDivide(TaskEntry whole, WorkerEntry holder, TimeSpan now)
    {
        // What has failed or killed before stays as it is: its attempts and deaths are its own.
        var ready = _ready.Count + 1;
        if (costs is null || ready >= _slots || whole.StaysWhole || whole.Id.Part > 0 || whole.Analyses.Count < 2 || whole.IsSuspect
            || whole.Attempts > 0
            || _divided.ContainsKey(whole.Id.Whole))
        {
            return false;
        }

        // Two slots of one processor would share its cores, and hold the checkpoint twice for nothing: devices count, not slots.
        var idle = IdleSlotsElsewhere(holder, worker => worker.Devices, now)
            + Math.Max(0, holder.Devices - holder.Fences.Count) - _partsAsked;
        var maxParts = Math.Min(options.MostParts, (idle + ready - 1) / ready); // the other tasks that are ready may be divided, too
        if (maxParts < 2 || costs(whole.Sweep.Spec, whole.Id.Checkpoint.Model) is not { } cost
            || FanOut.Divide(whole.Analyses, cost, maxParts, options.SmallestPart, options.ReloadFactor).Count < 2)
        {
            return false;
        }

        var number = ++_fences; // no lease has it
        KeepForOwner(whole, OwnerQuestion.FanOut, number, now);
        whole.PartsAsked = maxParts;
        _partsAsked += maxParts;
        _questions.Add(new FanOutQuestion(number, whole.Id, whole.Sweep.Spec, whole.Analyses, maxParts));
        return true;
    }

    // A worker that was refused a task may have a slot for it now.
    private void OnFreed()
    {
        if (_hasHeldBack)
        {
            _hasHeldBack = false;
            _freed++;
        }
    }
}
