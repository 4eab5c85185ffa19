using PythiaOrleans.Cluster.Contracts;
using PythiaOrleans.Core.Ids;
using PythiaOrleans.Core.Sweeps;

namespace PythiaOrleans.Cluster.Scheduling;

/// <summary>Which shards of a sweep are done, quarantined or cancelled. Being told twice changes nothing.</summary>
internal sealed class SweepCounts
{
    private readonly SweepSpec _sweep;
    private readonly Dictionary<string, HashSet<int>> _done;
    private readonly Dictionary<CheckpointId, ShardFailure> _failures = [];
    private readonly HashSet<CheckpointId> _cancelled = [];

    /// <param name="sweep">The sweep.</param>
    /// <param name="before">The counts of a smaller sweep with the same analyses: what was done in it is done.</param>
    public SweepCounts(SweepSpec sweep, SweepCounts? before = null)
    {
        _sweep = sweep;
        _done = sweep.Models.ToDictionary(model => model, model => new HashSet<int>(before?._done.GetValueOrDefault(model) ?? []),
            StringComparer.Ordinal);
        Total = sweep.Models.Count * sweep.Steps.Count;
        Done = before?.Done ?? 0;
        AlreadyDone = before?.AlreadyDone ?? 0;
        BytesRead = before?.BytesRead ?? 0;
    }

    public int Total { get; }

    public int Done { get; private set; }

    public int AlreadyDone { get; private set; }

    public long BytesRead { get; private set; }

    public int Cancelled => _cancelled.Count;

    public int Quarantined => _failures.Count;

    public int Open => Total - Done - Quarantined - Cancelled;

    public IEnumerable<ShardFailure> Failures => _failures.Values.OrderBy(failure => failure.Checkpoint);

    public bool HasEnded(CheckpointId checkpoint) =>
        _done[checkpoint.Model].Contains(checkpoint.Step) || _failures.ContainsKey(checkpoint) || _cancelled.Contains(checkpoint);

    /// <summary>The store held the shard before anything ran.</summary>
    public void MarkAlreadyDone(CheckpointId checkpoint)
    {
        if (MarkDone(checkpoint))
        {
            AlreadyDone++;
        }
    }

    /// <summary>Nothing that is open will be computed any more.</summary>
    public void CancelOpen()
    {
        foreach (var checkpoint in _sweep.Checkpoints().Where(checkpoint => !HasEnded(checkpoint)))
        {
            _cancelled.Add(checkpoint);
        }
    }

    public void Record(TaskOutcome ended)
    {
        var checkpoint = ended.Task.Checkpoint;
        BytesRead += HasEnded(checkpoint) ? 0 : ended.BytesRead;
        switch (ended.End)
        {
            case OutcomeKind.Committed:
                MarkDone(checkpoint);
                break;
            case OutcomeKind.Quarantined when !_done[checkpoint.Model].Contains(checkpoint.Step):
                _failures[checkpoint] = ended.Failure!;
                break;
            case OutcomeKind.Cancelled when !HasEnded(checkpoint):
                _cancelled.Add(checkpoint);
                break;
        }
    }

    /// <summary>Takes failures over that the store holds, of shards that still belong to the sweep.</summary>
    public void Record(string name, IEnumerable<ShardFailure> failures)
    {
        foreach (var failure in failures.Where(failure => _done.ContainsKey(failure.Checkpoint.Model)
            && _sweep.Steps.Contains(failure.Checkpoint.Step)))
        {
            Record(new TaskOutcome(new TaskId(name, failure.Checkpoint), OutcomeKind.Quarantined, failure, 0));
        }
    }

    /// <summary>Forgets failures and cancellations: those shards are to be tried again.</summary>
    public IReadOnlyList<CheckpointId> Reopen()
    {
        var reopened = _failures.Keys.Concat(_cancelled).Order().ToArray();
        _failures.Clear();
        _cancelled.Clear();
        return reopened;
    }

    /// <summary>Forgets one failure.</summary>
    public bool Retry(CheckpointId checkpoint) => _failures.Remove(checkpoint);

    /// <summary>The store no longer holds what a shard had: it was damaged, and is computed again.</summary>
    /// <returns>Whether the shard was counted as done.</returns>
    public bool Lose(CheckpointId checkpoint)
    {
        if (!_done[checkpoint.Model].Remove(checkpoint.Step))
        {
            return false;
        }

        Done--;
        AlreadyDone = Math.Min(AlreadyDone, Done);
        return true;
    }

    public IReadOnlyList<ModelMap> Map() =>
        [.. _sweep.Models.Select(model =>
            new ModelMap(model, new string([.. _sweep.Steps.Select(step => Letter(new CheckpointId(model, step)))])))];

    public IReadOnlyList<ModelProgress> Models()
    {
        var failed = _failures.Keys.CountBy(checkpoint => checkpoint.Model).ToDictionary();
        return [.. _sweep.Models.Select(model => new ModelProgress(
            model, _sweep.Steps.Count, _done[model].Count, failed.GetValueOrDefault(model)))];
    }

    private char Letter(CheckpointId checkpoint) =>
        _done[checkpoint.Model].Contains(checkpoint.Step) ? ModelMap.Done
        : _failures.ContainsKey(checkpoint) ? ModelMap.Quarantined
        : _cancelled.Contains(checkpoint) ? ModelMap.Cancelled
        : ModelMap.Open;

    /// <summary>How many shards of each model are in each state.</summary>
    public IEnumerable<(string Model, int Done, int Quarantined, int Cancelled, int Open)> ByModel()
    {
        var quarantined = _failures.Keys.CountBy(checkpoint => checkpoint.Model).ToDictionary(StringComparer.Ordinal);
        var cancelled = _cancelled.CountBy(checkpoint => checkpoint.Model).ToDictionary(StringComparer.Ordinal);
        foreach (var model in _sweep.Models)
        {
            var (done, failed, dropped) = (_done[model].Count, quarantined.GetValueOrDefault(model), cancelled.GetValueOrDefault(model));
            yield return (model, done, failed, dropped, _sweep.Steps.Count - done - failed - dropped);
        }
    }

    /// <summary>How many of a model's steps are done.</summary>
    public int DoneOf(string model, IEnumerable<int> steps) => steps.Count(_done[model].Contains);

    /// <summary>The store holds every result of the shard.</summary>
    /// <returns>Whether that is new.</returns>
    public bool MarkDone(CheckpointId checkpoint)
    {
        if (!_done[checkpoint.Model].Add(checkpoint.Step))
        {
            return false;
        }

        _failures.Remove(checkpoint);
        _cancelled.Remove(checkpoint);
        Done++;
        return true;
    }
}
