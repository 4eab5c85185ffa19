using PythiaOrleans.Cluster.Contracts;
using PythiaOrleans.Core.Ids;
using PythiaOrleans.Core.Sweeps;

namespace PythiaOrleans.Cluster.Scheduling;

/// <content>
/// What the queue and the owners of checkpoints tell each other. Where they disagree, the store decides: a verdict names what it holds.
/// </content>
public sealed partial class Dispatcher
{
    private readonly List<TaskEntry> _toEnd = [];

    /// <summary>How often a task waited because one of another sweep computed what it lacked.</summary>
    public int SharedTasks { get; private set; }

    /// <summary>Takes what the owner of a checkpoint decided.</summary>
    public void Settle(ShardVerdict verdict, TimeSpan now)
    {
        ArgumentNullException.ThrowIfNull(verdict);
        var shard = verdict.Task.Whole;
        var cost = TasksOf(shard) is [var first, ..] ? first.Cost : (long?)null;
        DropStored(shard, verdict.Stored, now);
        if (cost is null)
        {
            return; // it was cancelled, or a dispatcher before this one leased it: its coordinator asks for what it lacks
        }

        // A shard that ended before its sweep grew has not ended.
        var sweep = _sweeps[shard.Sweep];
        if (verdict.HasEnded && verdict.Wanted >= sweep.Spec.Analyses.Count)
        {
            foreach (var entry in TasksOf(shard).ToArray())
            {
                End(entry);
            }

            return;
        }

        if (_tasks.TryGetValue(verdict.Task, out var task))
        {
            Settle(task, verdict, now);
        }

        Cover(sweep, shard, verdict.Missing, cost.Value);
    }

    private void Settle(TaskEntry task, ShardVerdict verdict, TimeSpan now)
    {
        var isAnswer = task.Question is OwnerQuestion.Failure or OwnerQuestion.Death && task.QuestionNumber == verdict.Fence;
        var isCovered = task.Question == OwnerQuestion.Covered && verdict.Fence == 0;
        if (isAnswer && verdict.Retry is { } retry)
        {
            (task.Analyses, task.Attempts, task.Delays, task.Deaths) = (retry.Analyses, retry.Attempts, retry.Delays, retry.Deaths);
            Answered(task);
            if (retry.After <= TimeSpan.Zero)
            {
                _ready.Add(task);
            }
            else
            {
                _waiting.Enqueue((task, task.Version), now + retry.After);
            }
        }
        else if (isAnswer || isCovered || (task.Fence != 0 && task.Fence == verdict.Fence))
        {
            End(task);
        }
    }

    // No task computes what exists.
    private void DropStored(TaskId shard, IReadOnlyList<AnalysisId> stored, TimeSpan now)
    {
        foreach (var sweep in _sweeps)
        {
            if (sweep.Value.Open == 0)
            {
                continue;
            }

            foreach (var entry in TasksOf(shard with { Sweep = sweep.Key }))
            {
                if (entry.Question == OwnerQuestion.Covered || !entry.Analyses.Any(stored.Contains))
                {
                    continue;
                }

                AnalysisId[] left = [.. entry.Analyses.Where(analysis => !stored.Contains(analysis))];
                if (left.Length > 0)
                {
                    // What a worker computes stays as it was leased: it finds the results itself.
                    entry.Analyses = entry.Fence != 0 ? entry.Analyses : left;
                }
                else if (sweep.Key != shard.Sweep)
                {
                    AskWhatIsLeft(entry, now);
                }
                else
                {
                    _toEnd.Add(entry);
                }
            }
        }

        _toEnd.ForEach(End);
        _toEnd.Clear();
    }

    private void AskWhatIsLeft(TaskEntry entry, TimeSpan now)
    {
        Release(entry);
        Answered(entry);
        _ready.Remove(entry);
        entry.BlockedBy?.Blocked!.Remove(entry);
        entry.BlockedBy = null;
        KeepForOwner(entry, OwnerQuestion.Covered, 0, now);
        TellOwner(entry);
    }

    private void KeepForOwner(TaskEntry entry, OwnerQuestion question, long number, TimeSpan now)
    {
        (entry.Question, entry.QuestionNumber, entry.AskedAt) = (question, number, now);
        _asked.Add(entry);
    }

    private void Answered(TaskEntry entry)
    {
        if (entry.Question != OwnerQuestion.None)
        {
            _partsAsked -= entry.PartsAsked;
            if (entry.AskedFor is { } worker)
            {
                worker.PartsAwaited -= entry.PartsAsked;
                worker.Work -= entry.Estimate;
            }

            (entry.Question, entry.QuestionNumber, entry.PartsAsked, entry.AskedFor) = (OwnerQuestion.None, 0, 0, null);
            _asked.Remove(entry);
        }
    }

    private void OnUnanswered(TaskEntry entry, TimeSpan now)
    {
        if (entry.Question is OwnerQuestion.Death or OwnerQuestion.Covered)
        {
            entry.AskedAt = now;
            TellOwner(entry);
            return;
        }

        entry.StaysWhole |= entry.Question == OwnerQuestion.FanOut;
        Answered(entry);
        _ready.Add(entry);
    }

    // Its number makes it count once, however often it comes.
    private void TellOwner(TaskEntry entry)
    {
        var spec = entry.Sweep.Spec;
        var terms = new ShardTerms(spec.Analyses, spec.MaxAttempts);
        _reports.Add(entry.Question == OwnerQuestion.Death
            ? new TaskReport(entry.QuestionNumber, entry.Id, FailureKind.WorkerDied, entry.Worker, entry.Analyses, 0, terms, entry.Analyses)
            : new TaskReport(0, entry.Id, null, null, [], 0, terms, entry.Analyses));
    }

    // Each analysis that the shard lacks belongs to one of its tasks.
    private void Cover(SweepEntry sweep, TaskId shard, IReadOnlyList<AnalysisId> missing, long cost, PendingTask? history = null)
    {
        IReadOnlyList<AnalysisId> left = missing;
        TaskEntry? open = null;
        foreach (var entry in TasksOf(shard))
        {
            left = [.. left.Where(analysis => !entry.Analyses.Contains(analysis))];
            open = entry is { Fence: 0, Question: OwnerQuestion.None } ? entry : open;
        }

        if (left.Count == 0)
        {
            return;
        }

        if (open is not null)
        {
            open.Analyses = [.. open.Analyses, .. left];
            return;
        }

        Add(new TaskEntry(FreePart(shard, first: 0), left, cost, sweep)
        {
            Attempts = history?.Attempts ?? 0,
            Deaths = history?.Deaths ?? 0,
            IsSuspect = history?.Deaths > 0,
        });
    }

    private TaskId FreePart(TaskId shard, int first)
    {
        var part = first;
        while (_tasks.ContainsKey(shard with { Part = part }))
        {
            part++;
        }

        return shard with { Part = part };
    }

    private void Add(TaskEntry entry)
    {
        var shard = entry.Id.Whole;
        if (entry.Id.Part > 0 || _divided.ContainsKey(shard))
        {
            if (!_divided.TryGetValue(shard, out var parts))
            {
                _divided.Add(shard, parts = _tasks.TryGetValue(shard, out var whole) ? [whole] : []);
            }

            parts.Add(entry);
        }

        _tasks.Add(entry.Id, entry);
        entry.Estimate = EstimateOf(entry);
        entry.Sweep.Open++;
        entry.Sweep.Shards += entry.Share;
        entry.Sweep.Work += entry.Estimate;
        _ready.Add(entry);
    }

    private IReadOnlyList<TaskEntry> TasksOf(TaskId shard) =>
        _divided.TryGetValue(shard, out var parts) ? parts : _tasks.TryGetValue(shard, out var whole) ? [whole] : [];

    // Two sweeps that lack the same result share one computation: the second waits for the first.
    private bool IsComputedElsewhere(TaskEntry entry)
    {
        foreach (var sweep in _sweeps)
        {
            if (sweep.Value == entry.Sweep || sweep.Value.Open == 0)
            {
                continue;
            }

            foreach (var other in TasksOf(entry.Id.Whole with { Sweep = sweep.Key }))
            {
                if (other.Fence != 0 && other.Analyses.Any(entry.Analyses.Contains))
                {
                    (other.Blocked ??= []).Add(entry);
                    entry.BlockedBy = other;
                    SharedTasks++;
                    return true;
                }
            }
        }

        return false;
    }

    private void Unblock(TaskEntry entry)
    {
        if (entry.Blocked is not { Count: > 0 } blocked)
        {
            return;
        }

        entry.Blocked = null;
        foreach (var other in blocked)
        {
            other.BlockedBy = null;
            _ready.Add(other);
        }
    }
}
