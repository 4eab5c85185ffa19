using PythiaOrleans.Cluster.Contracts;
using PythiaOrleans.Core.Ids;
using PythiaOrleans.Core.Sweeps;

namespace PythiaOrleans.Cluster.Scheduling;

/// <summary>The life of one sweep: plan, run, pause, extend, cancel, finish. A state machine without clock, network or tasks.</summary>
/// <remarks>
/// <see cref="Next"/> says what is to be done; the answer comes back with the step's number. A request of a user makes every step that
/// is under way stale, so that nothing that was decided
/// before the request can change what came after it. While a request is being stored, nothing else is decided.
/// It holds nothing that the store does not: one that follows it plans again, and finds what was committed.
/// </remarks>
/// <param name="name">The sweep's name.</param>
/// <param name="costOf">How large a shard of a model is. Larger ones are handed out first.</param>
internal sealed partial class SweepMachine(string name, Func<string, long> costOf)
{
    /// <summary>How many tasks are given to the dispatcher at a time.</summary>
    public const int EnqueueBatch = 512;

    private const int MaxSeriesAttempts = 3;

    // A store that damages results again and again must not keep a sweep from ending.
    private const int MaxLosses = 3;

    // Outcomes may be on their way when dispatcher and coordinator disagree; after so many times in a row they were lost.
    private const int MaxDisagreements = 10;

    private static readonly TimeSpan WriteSeriesEvery = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan ComparePausedEvery = TimeSpan.FromSeconds(5);

    private readonly Queue<string> _modelsToPlan = new();
    private readonly Queue<PendingTask[]> _batches = new();
    private Dictionary<CheckpointId, ShardHistory> _histories = [];
    private Guid? _epoch;
    private SeriesStage _series;
    private TimeSpan _comparedAt;
    private int _seriesAttempts;
    private int _losses;
    private int _disagreements;
    private int _seriesDone;
    private TimeSpan _seriesAt;
    private long _steps;
    private SweepStep? _awaited;
    private bool _isOrderPending;
    private QueueOrder? _queueOrder;

    /// <summary>The spec; null while no sweep of the name exists.</summary>
    public SweepSpec? Spec { get; private set; }

    /// <summary>What the sweep is doing.</summary>
    public SweepState State { get; private set; } = SweepState.Idle;

    /// <summary>The counts of its shards; null while it has not been started here.</summary>
    public SweepCounts? Counts { get; private set; }

    /// <summary>Tasks that workers hold, as far as the dispatcher has said.</summary>
    public int Running { get; private set; }

    /// <summary>What went wrong that no shard is to blame for.</summary>
    public string? Problem { get; private set; }

    /// <summary>
    /// Whether planning has looked at every model since the sweep was started here: before that the counts may be below what an earlier
    /// coordinator told.
    /// </summary>
    public bool WasPlanned { get; private set; }

    /// <summary>Whether there is something to be done, or to be watched.</summary>
    public bool IsActive =>
        State is SweepState.Planning or SweepState.Running or SweepState.Paused or SweepState.Finishing || _queueOrder is not null
            || _awaited is not null;

    /// <summary>Whether planning has looked at every model and only has tasks to hand over.</summary>
    public bool IsLastListed => State == SweepState.Planning && _epoch is not null && _modelsToPlan.Count == 0;

    /// <summary>
    /// Whether a step is still wanted: asked before it reaches the dispatcher, so that it cannot undo a later order of the user.
    /// </summary>
    public bool Awaits(SweepStep step) => _awaited?.Number == step.Number;

    /// <summary>Whether nothing is under way.</summary>
    public bool IsQuiet => _awaited is null && !_isOrderPending;

    /// <summary>Takes what the store holds of the sweep. An order that was stored is kept, whatever has happened since.</summary>
    public void Restore(SweepSpec? spec, SweepOrderKind? order)
    {
        Spec = spec;
        State = order switch
        {
            SweepOrderKind.Paused => SweepState.Paused,
            SweepOrderKind.Cancelled => SweepState.Cancelled,
            _ => SweepState.Idle,
        };
        _queueOrder = OrderOf(State); // the coordinator before may have died before the dispatcher knew
    }

    /// <summary>
    /// Goes on where a coordinator stopped whose silo died. Shards that were given up stay so. Wakes no sweep that a user paused or
    /// cancelled.
    /// </summary>
    public void Wake(IEnumerable<ShardFailure> failures)
    {
        if (State == SweepState.Idle && Spec is { } spec)
        {
            Begin(spec);
            Counts!.Record(name, failures);
        }
    }

    /// <summary>Takes outcomes of shards. Being told twice changes nothing.</summary>
    /// <param name="outcomes">Outcomes; those from before the sweep grew are none of the larger one.</param>
    /// <param name="running">Tasks of the sweep that workers hold.</param>
    public void Record(IEnumerable<TaskOutcome> outcomes, int running)
    {
        if (Counts is null || Spec is null)
        {
            return;
        }

        Running = State is SweepState.Cancelled ? 0 : running;
        foreach (var outcome in outcomes)
        {
            if (outcome.Wanted == 0 || outcome.Wanted >= Spec.Analyses.Count)
            {
                _delays.Remove(outcome.Task.Checkpoint);
                Counts.Record(outcome);
            }
        }
    }

    /// <summary>What is to be done next; null while something is under way, or nothing is to be done.</summary>
    public SweepStep? Next(TimeSpan now)
    {
        if (_awaited is not null || _isOrderPending || Spec is null)
        {
            return null;
        }

        return NextOrder() ?? State switch
        {
            SweepState.Planning => NextOfPlanning(now),
            SweepState.Running => NextOfRunning(now),
            SweepState.Finishing => NextOfFinishing(),
            SweepState.Paused when now - _comparedAt >= ComparePausedEvery => Compare(now),
            _ => null,
        };
    }

    /// <summary>As <see cref="Next"/>, if the next step passes an order of the user on: that is done before the user is answered.</summary>
    public SweepStep? NextOrder() =>
        _queueOrder is { } order && _awaited is null && !_isOrderPending ? Await(new SweepStep.OrderQueue(++_steps, order)) : null;

    /// <summary>
    /// Whether what follows a step need not wait for the coordinator's timer: while it plans, and when it ends, unless a series is still
    /// being written.
    /// </summary>
    public bool GoesOnAtOnce(SweepStep after) => State == SweepState.Planning || after is SweepStep.WriteSeries { IsLast: true }
        || (State == SweepState.Finishing && _series == SeriesStage.Done);

    private SweepStep? NextOfPlanning(TimeSpan now)
    {
        if (_epoch is null)
        {
            return Await(new SweepStep.Connect(++_steps));
        }

        if (_batches.TryPeek(out var batch))
        {
            return Await(new SweepStep.Enqueue(++_steps, batch));
        }

        if (_modelsToPlan.TryPeek(out var model))
        {
            return Await(new SweepStep.ListModel(++_steps, model));
        }

        (WasPlanned, State) = (true, SweepState.Running);
        return NextOfRunning(now);
    }

    private SweepStep NextOfRunning(TimeSpan now)
    {
        if (Counts!.Open == 0)
        {
            (State, _series, _seriesAttempts) = (SweepState.Finishing, SeriesStage.Unasked, 0);
            return NextOfFinishing();
        }

        if (now - _seriesAt >= WriteSeriesEvery)
        {
            var hasGrown = Counts.Done > _seriesDone && _seriesDone > 0;
            (_seriesAt, _seriesDone) = (now, Math.Max(1, Counts.Done));
            if (hasGrown)
            {
                return Await(new SweepStep.WriteSeries(++_steps, IsLast: false));
            }
        }

        return Compare(now);
    }

    private SweepStep Compare(TimeSpan now)
    {
        _comparedAt = now;
        return Await(new SweepStep.Compare(++_steps));
    }

    private SweepStep NextOfFinishing() => Await(_series switch
    {
        SeriesStage.Unasked => new SweepStep.WriteSeries(++_steps, IsLast: true),
        SeriesStage.Asked => new SweepStep.CheckSeries(++_steps),
        _ => new SweepStep.Close(++_steps),
    });

    private SweepStep Await(SweepStep step) => _awaited = step;

    private void Begin(SweepSpec spec)
    {
        Counts = new SweepCounts(spec);
        Problem = null;
        _delays.Clear();
        _losses = 0;
        _seriesDone = 0;
        WasPlanned = false;
        Plan(spec);
    }

    // What was counted stays counted: progress must not go back because a silo died.
    private void Plan(SweepSpec spec)
    {
        Running = 0;
        _disagreements = 0;
        _epoch = null;
        _awaited = null;
        _queueOrder = null; // connecting says that its tasks are to be handed out
        _modelsToPlan.Clear();
        _batches.Clear();
        foreach (var model in spec.Models.OrderByDescending(costOf))
        {
            _modelsToPlan.Enqueue(model); // tasks run while the rest is planned: the large ones should come first then, too
        }

        State = SweepState.Planning;
    }

    private static QueueOrder? OrderOf(SweepState state) => state switch
    {
        SweepState.Planning or SweepState.Running => QueueOrder.Run,
        SweepState.Paused => QueueOrder.Pause,
        SweepState.Cancelled => QueueOrder.Cancel,
        _ => null,
    };

    private enum SeriesStage
    {
        Unasked,
        Asked,
        Done,
    }
}
