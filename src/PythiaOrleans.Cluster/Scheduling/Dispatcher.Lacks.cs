using PythiaOrleans.Core.Ids;

namespace PythiaOrleans.Cluster.Scheduling;

/// <content>Workers that lack an analysis: a plugin that only some have, or another version during an upgrade.</content>
/// <remarks>
/// A worker finds out when it is asked, and announces it. From then on its tasks are those that it can compute, as long as another
/// worker has what it lacks. A task of which it can compute a part is divided. What no worker can compute is handed out as before: it
/// fails, and its failure says why.
/// </remarks>
public sealed partial class Dispatcher
{
    // How many tasks a worker that lacks something is passed over for, in one question: the queue may hold a million of them.
    private const int MaxPassedOver = 64;

    private readonly List<TaskEntry> _passedOver = [];

    private TaskEntry? TakeFor(string worker, WorkerEntry holder)
    {
        while (_passedOver.Count < MaxPassedOver && _ready.Take(worker) is { } entry)
        {
            if (!ShouldLeave(entry, holder))
            {
                return entry;
            }

            if (TakePart(entry, holder) is { } part)
            {
                return part;
            }

            _passedOver.Add(entry);
        }

        return null;
    }

    private void PutBackPassedOver()
    {
        _passedOver.ForEach(_ready.PutBack);
        _passedOver.Clear();
    }

    private bool ShouldLeave(TaskEntry entry, WorkerEntry holder)
    {
        if (holder.Lacks.Count == 0)
        {
            return false;
        }

        AnalysisId[] lacking = [.. entry.Analyses.Where(holder.Lacks.Contains)];
        return lacking.Length > 0 && _workers.Values.Any(worker => worker.Slots > 0 && !lacking.Any(worker.Lacks.Contains));
    }

    // What has failed or killed before stays as it is: its attempts and deaths are its own.
    private TaskEntry? TakePart(TaskEntry whole, WorkerEntry holder)
    {
        AnalysisId[] own = [.. whole.Analyses.Where(analysis => !holder.Lacks.Contains(analysis))];
        if (own.Length == 0 || whole.IsSuspect || whole.Attempts > 0)
        {
            return null;
        }

        End(whole);
        var share = (double)own.Length / whole.Analyses.Count;
        var part = AddPart(whole, own, share);
        AddPart(whole, [.. whole.Analyses.Except(own)], 1 - share);
        _ready.Remove(part);
        return part;
    }
}
