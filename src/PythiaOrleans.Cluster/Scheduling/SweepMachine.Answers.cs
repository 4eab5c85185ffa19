using PythiaOrleans.Cluster.Contracts;
using PythiaOrleans.Core.Ids;
using PythiaOrleans.Core.Sweeps;

namespace PythiaOrleans.Cluster.Scheduling;

/// <content>
/// What came of the steps. Each answer carries its step; the answer of a step that is not awaited any more changes no books.
/// </content>
internal sealed partial class SweepMachine
{
    /// <summary>The dispatcher hands the sweep's tasks out.</summary>
    /// <param name="step">The step.</param>
    /// <param name="epoch">Changes when the dispatcher lost its tasks.</param>
    /// <param name="histories">What the store holds of failures of open shards.</param>
    public void Connected(SweepStep step, Guid epoch, IEnumerable<ShardHistory> histories)
    {
        if (IsAwaited(step))
        {
            _epoch = epoch;
            _histories = histories.ToDictionary(history => history.Checkpoint);
        }
    }

    /// <summary>The store was listed.</summary>
    /// <param name="step">The step.</param>
    /// <param name="missingOf">The analyses whose results it lacked then, for each of the model's steps.</param>
    public void Listed(SweepStep.ListModel step, Func<int, AnalysisId[]> missingOf)
    {
        if (!IsAwaited(step))
        {
            return;
        }

        _modelsToPlan.Dequeue();
        var cost = costOf(step.Model);
        var tasks = new List<PendingTask>();
        foreach (var checkpoint in Spec!.Steps.Select(number => new CheckpointId(step.Model, number)))
        {
            var missing = missingOf(checkpoint.Step);
            if (missing.Length > 0 && !Counts!.HasEnded(checkpoint))
            {
                tasks.Add(ToTask(checkpoint, missing, cost));
            }
            else if (missing.Length == 0 && WasPlanned)
            {
                Counts!.MarkDone(checkpoint);
            }
            else if (missing.Length == 0)
            {
                Counts!.MarkAlreadyDone(checkpoint);
            }
        }

        foreach (var batch in tasks.Chunk(EnqueueBatch))
        {
            _batches.Enqueue(batch);
        }
    }

    /// <summary>The dispatcher has the tasks.</summary>
    public void Enqueued(SweepStep step)
    {
        if (IsAwaited(step))
        {
            _batches.Dequeue();
        }
    }

    /// <summary>The dispatcher follows the user's order.</summary>
    public void Ordered(SweepStep.OrderQueue step)
    {
        if (IsAwaited(step))
        {
            _queueOrder = null;
        }
    }

    /// <summary>The dispatcher has said what it has of the sweep.</summary>
    /// <returns>Whether the sweep is planned again, because the dispatcher lost its tasks.</returns>
    public bool Compared(SweepStep step, DispatcherStatus dispatcher)
    {
        ArgumentNullException.ThrowIfNull(dispatcher);
        if (!IsAwaited(step))
        {
            return false;
        }

        Running = dispatcher.Leased;
        if (dispatcher.IsPaused != (State == SweepState.Paused) && dispatcher.Open > 0)
        {
            _queueOrder = OrderOf(State); // an order whose answer was lost came late
        }

        if (State != SweepState.Running)
        {
            return false;
        }

        _disagreements = dispatcher.Open == 0 && Counts!.Open > 0 ? _disagreements + 1 : 0;
        if (dispatcher.Epoch == _epoch && _disagreements < MaxDisagreements)
        {
            return false;
        }

        Plan(Spec!);
        return true;
    }

    /// <summary>The series grains were asked to write.</summary>
    public void SeriesAsked(SweepStep.WriteSeries step)
    {
        if (IsAwaited(step) && step.IsLast)
        {
            _series = SeriesStage.Asked;
        }
    }

    /// <summary>The series grains have said whether everything is written.</summary>
    public void SeriesChecked(SweepStep step, bool areCurrent)
    {
        if (IsAwaited(step) && areCurrent)
        {
            _series = SeriesStage.Done;
        }
    }

    /// <summary>
    /// A series could not be written. Where damaged results were put aside, their shards are computed again. After a few times the sweep
    /// ends all the same: its results are there, only what was to be made of them is not.
    /// </summary>
    /// <param name="step">The step.</param>
    /// <param name="problem">What the series grain said.</param>
    /// <param name="incomplete">The shards of which the store lacks results.</param>
    /// <returns>Whether it was given up.</returns>
    public bool SeriesFailed(SweepStep step, string problem, IEnumerable<CheckpointId> incomplete)
    {
        if (!IsAwaited(step))
        {
            return false;
        }

        if (_losses < MaxLosses && incomplete.Count(checkpoint => Counts!.Lose(checkpoint)) > 0)
        {
            _losses++;
            Plan(Spec!);
            return false;
        }

        if (++_seriesAttempts < MaxSeriesAttempts)
        {
            _series = SeriesStage.Unasked;
            return false;
        }

        (_series, Problem) = (SeriesStage.Done, problem);
        return true;
    }

    /// <summary>Nothing wakes the sweep any more.</summary>
    /// <returns>Whether the sweep has ended with this.</returns>
    public bool Closed(SweepStep step)
    {
        if (!IsAwaited(step))
        {
            return false;
        }

        (State, Running) = (EndOf(Counts!), 0);
        return true;
    }

    /// <summary>The step failed, or it is not known whether it did; it is tried again.</summary>
    public void Failed(SweepStep step) => IsAwaited(step);

    /// <summary>How a sweep ends that has no open shard.</summary>
    public static SweepState EndOf(SweepCounts counts) => counts.Quarantined > 0 ? SweepState.CompletedWithFailures : SweepState.Completed;

    private bool IsAwaited(SweepStep step)
    {
        if (_awaited?.Number == step.Number)
        {
            _awaited = null;
            return true;
        }

        if (step is SweepStep.Connect or SweepStep.Enqueue or SweepStep.OrderQueue)
        {
            _queueOrder = OrderOf(State); // it reached the dispatcher after an order of the user did
        }

        return false;
    }

    private PendingTask ToTask(CheckpointId checkpoint, AnalysisId[] missing, long cost)
    {
        var failed = _histories.GetValueOrDefault(checkpoint)?.Analyses.Where(analysis => missing.Contains(analysis.Analysis))
            .ToArray() ?? [];
        return new PendingTask(
            new TaskId(name, checkpoint), missing, cost,
            failed.Length == 0 ? 0 : failed.Max(analysis => analysis.Attempts), failed.Length == 0 ? 0
                : failed.Max(analysis => analysis.Deaths));
    }
}
