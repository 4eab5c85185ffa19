using PythiaOrleans.Cluster.Contracts;
using PythiaOrleans.Cluster.Scheduling;
using PythiaOrleans.Core.Ids;
using PythiaOrleans.Core.Sweeps;

namespace PythiaOrleans.Cluster.Tests;

/// <summary>A sweep's life, step by step: what users ask while something is under way.</summary>
public sealed partial class SweepMachineTests
{
    private static readonly SweepSpec Small = World.Spec("machine", 2);
    private static readonly SweepSpec Large = Small with { Steps = [0, 1, 2] };
    private static readonly Guid Epoch = Guid.NewGuid();

    private readonly HashSet<int> _stored = [];
    private SweepMachine _machine = New();
    private TimeSpan _now;

    /// <summary>The extension used to be lost: the sweep ended as completed without the new keys.</summary>
    [Fact]
    public void Extension_WhileTheSweepFinishes_IsComputed()
    {
        var check = Finish();
        Ask(_machine.Extend(Large));

        _machine.SeriesChecked(check, areCurrent: true); // of the smaller sweep, and too late
        var enqueued = PlanAll();

        Assert.Equal(SweepState.Running, _machine.State);
        Assert.Equal([2], enqueued.Select(task => task.Id.Checkpoint.Step));
        Assert.Equal((3, 2, 1), (_machine.Counts!.Total, _machine.Counts.Done, _machine.Counts.Open));
    }

    /// <summary>Each step of the end used to wait for the timer; only where a series is still being written it must.</summary>
    [Fact]
    public void StepsOfTheEnd_FollowAtOnce()
    {
        Start();
        PlanAll();
        var compare = _machine.Next(_now)!;
        Assert.False(_machine.GoesOnAtOnce(compare));
        Assert.False(_machine.GoesOnAtOnce(new SweepStep.WriteSeries(0, IsLast: false)));
        _machine.Failed(compare);

        _machine.Record([Done(0), Done(1)], running: 0);
        var write = Assert.IsType<SweepStep.WriteSeries>(_machine.Next(_now));
        _machine.SeriesAsked(write);
        Assert.True(_machine.GoesOnAtOnce(write));

        var check = Assert.IsType<SweepStep.CheckSeries>(_machine.Next(_now));
        _machine.SeriesChecked(check, areCurrent: false);
        Assert.False(_machine.GoesOnAtOnce(check));

        check = Assert.IsType<SweepStep.CheckSeries>(_machine.Next(_now));
        _machine.SeriesChecked(check, areCurrent: true);
        Assert.True(_machine.GoesOnAtOnce(check));
        Close();
    }

    [Fact]
    public void Extension_WhileTheLastStepOfAnEndIsUnderWay_IsComputed()
    {
        _machine.SeriesChecked(Finish(), areCurrent: true);
        var close = Assert.IsType<SweepStep.Close>(_machine.Next(_now));
        Ask(_machine.Extend(Large));

        Assert.False(_machine.Closed(close));

        Assert.Equal([2], PlanAll().Select(task => task.Id.Checkpoint.Step));
        Assert.Equal(SweepState.Running, _machine.State);
    }

    /// <summary>The sweep used to stay as finishing, and whoever waited for it waited in vain.</summary>
    [Fact]
    public void Cancel_WhileTheSweepFinishes_EndsIt()
    {
        var check = Finish();
        Ask(_machine.Cancel()!);
        Assert.Equal(QueueOrder.Cancel, TellQueue());

        _machine.SeriesChecked(check, areCurrent: true);

        Assert.Equal(SweepState.Cancelled, _machine.State);
        Assert.Null(_machine.Next(_now));
        Assert.False(_machine.IsActive);
    }

    [Fact]
    public void Pause_WhileTheSweepFinishes_CanBeResumedToItsEnd()
    {
        var check = Finish();
        Ask(_machine.Pause()!);
        Assert.Equal(QueueOrder.Pause, TellQueue());
        _machine.SeriesChecked(check, areCurrent: true);
        Assert.Equal(SweepState.Paused, _machine.State);

        Ask(new SweepRequest.Resume());
        Assert.Equal(QueueOrder.Run, TellQueue());
        PlanAll();
        FinishSeries();

        Assert.Equal(SweepState.Completed, _machine.State);
    }

    [Fact]
    public void Request_BeingStored_HoldsEverythingBack()
    {
        Start();
        _machine.Hold();

        Assert.Null(_machine.Next(_now));
        Assert.Throws<InvalidOperationException>(_machine.Hold);
        _machine.Refuse();
        Assert.NotNull(_machine.Next(_now));
    }

    [Theory]
    [InlineData(SweepOrderKind.Paused, SweepState.Paused)]
    [InlineData(SweepOrderKind.Cancelled, SweepState.Cancelled)]
    public void Order_ThatIsStored_IsWokenByNothing(SweepOrderKind order, SweepState state)
    {
        _machine.Restore(Small, order);

        _machine.Wake([]);
        _machine.Record([Done(0)], running: 1);

        Assert.Equal(state, _machine.State);
        // The coordinator before may not have said so.
        Assert.Equal(order == SweepOrderKind.Paused ? QueueOrder.Pause : QueueOrder.Cancel, TellQueue());
    }

    [Fact]
    public void Tasks_EnqueuedAfterACancel_AreCancelledAgain()
    {
        Start();
        var enqueue = Assert.IsType<SweepStep.Enqueue>(ListAll());
        Ask(_machine.Cancel()!);
        Assert.Equal(QueueOrder.Cancel, TellQueue());

        _machine.Enqueued(enqueue); // it was on its way

        Assert.Equal(QueueOrder.Cancel, TellQueue());
    }

    [Fact]
    public void Dispatcher_ThatHandsOutWhatIsPaused_IsToldAgain()
    {
        Start();
        PlanAll();
        Ask(_machine.Pause()!);
        TellQueue();
        _now += TimeSpan.FromSeconds(6);

        _machine.Compared(Assert.IsType<SweepStep.Compare>(_machine.Next(_now)), new DispatcherStatus(Epoch, 2, 1, IsPaused: false));

        Assert.Equal(QueueOrder.Pause, TellQueue());
    }

    [Fact]
    public void Outcome_FromBeforeTheSweepGrew_IsNoneOfTheLarger()
    {
        var one = Small with { Analyses = [Small.Analyses[0]] };
        Start(one);
        PlanAll();
        Ask(_machine.Extend(Small));
        PlanAll();

        _machine.Record([Done(0) with { Wanted = 1 }], running: 0);
        Assert.Equal(0, _machine.Counts!.Done);
        _machine.Record([Done(0) with { Wanted = 2 }], running: 0);
        Assert.Equal(1, _machine.Counts.Done);
    }

    [Fact]
    public void Dispatcher_ThatLostItsTasks_GetsThemAgain()
    {
        Start();
        PlanAll();

        Assert.True(_machine.Compared(_machine.Next(_now)!, new DispatcherStatus(Guid.NewGuid(), 0, 0)));

        Assert.Equal([0, 1], PlanAll().Select(task => task.Id.Checkpoint.Step).Order());
    }

    [Fact]
    public void Series_ThatCannotBeWritten_IsAProblemOfASweepThatEnds()
    {
        var check = Finish();
        Assert.False(_machine.SeriesFailed(check, "a damaged result", []));
        for (var attempt = 2; attempt <= 3; attempt++)
        {
            _machine.SeriesAsked(Assert.IsType<SweepStep.WriteSeries>(_machine.Next(_now)));
            Assert.Equal(attempt == 3, _machine.SeriesFailed(_machine.Next(_now)!, "a damaged result", []));
        }

        Close();
        Assert.Equal((SweepState.Completed, "a damaged result"), (_machine.State, _machine.Problem));
    }

    [Fact]
    public void Priority_ThatChanges_IsStoredAndReachesTheDispatcher()
    {
        Start();
        PlanAll();
        var urgent = Small with { Priority = 7 };
        var request = _machine.Start(urgent, hasChanged: true);

        Assert.Equal(urgent, request.Spec);
        Ask(request);
        Assert.Empty(Assert.IsType<SweepStep.Enqueue>(_machine.Next(_now)).Tasks); // with the new spec
        Assert.Equal(7, _machine.Spec!.Priority);
    }

    /// <summary>An outage used to be visible in the workers' logs alone.</summary>
    [Fact]
    public void Shards_ThatWaitForStorage_AreSeenUntilTheyHaveEnded()
    {
        Start();
        PlanAll();
        var since = new DateTimeOffset(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);
        Assert.Null(_machine.DescribeDelays());

        _machine.Delay(
            [new TaskDelay(Done(0).Task, since.AddMinutes(1), 2, "nobody answers"), new TaskDelay(Done(1).Task, since, 7, "503")]);
        Assert.Equal(
            "2 shards wait for storage or source since 2026-01-01 12:00:00Z and are tried again; pythia-14m@step1: 503",
            _machine.DescribeDelays());

        _machine.Record([Done(1)], running: 0);
        Assert.Equal(
            "1 shard waits for storage or source since 2026-01-01 12:01:00Z and is tried again; pythia-14m@step0: nobody answers",
            _machine.DescribeDelays());
        _machine.Delay([new TaskDelay(Done(1).Task, since, 8, "came late")]);
        _machine.Record([Done(0)], running: 0);
        Assert.Null(_machine.DescribeDelays());
    }

    private static SweepMachine New() => new("machine", _ => 1);

    private static TaskOutcome Done(int step) =>
        new(new TaskId("machine", new CheckpointId("pythia-14m", step)), OutcomeKind.Committed, null, 0, Wanted: 2);

    private void Ask(SweepRequest request)
    {
        _machine.Hold();
        _machine.Apply(request);
    }

    private QueueOrder? TellQueue()
    {
        if (_machine.NextOrder() is not SweepStep.OrderQueue step)
        {
            return null;
        }

        _machine.Ordered(step);
        return step.Order;
    }

    private void Start(SweepSpec? spec = null) => Ask(_machine.Start(spec ?? Small, hasChanged: false));

    private SweepStep? ListAll()
    {
        var step = _machine.Next(_now);
        while (step is SweepStep.Connect or SweepStep.ListModel)
        {
            if (step is SweepStep.ListModel list)
            {
                _machine.Listed(list, number => _stored.Contains(number) ? [] : [.. _machine.Spec!.Analyses]);
            }
            else
            {
                _machine.Connected(step, Epoch, []);
            }

            step = _machine.Next(_now);
        }

        return step;
    }

    private List<PendingTask> PlanAll()
    {
        var tasks = new List<PendingTask>();
        SweepStep? step;
        while ((step = ListAll()) is SweepStep.Enqueue enqueue)
        {
            tasks.AddRange(enqueue.Tasks);
            _machine.Enqueued(enqueue);
        }

        if (step is not null)
        {
            _machine.Failed(step); // not wanted yet
        }

        return tasks;
    }

    // Everything is done, and the series grains have been asked.
    private SweepStep Finish()
    {
        Start();
        PlanAll();
        _stored.UnionWith([0, 1]);
        _machine.Record([Done(0), Done(1)], running: 0);
        return AskForSeries();
    }

    private SweepStep AskForSeries()
    {
        _machine.SeriesAsked(Assert.IsType<SweepStep.WriteSeries>(_machine.Next(_now)));
        return Assert.IsType<SweepStep.CheckSeries>(_machine.Next(_now));
    }

    private void FinishSeries()
    {
        _machine.SeriesChecked(AskForSeries(), areCurrent: true);
        Close();
    }

    private void Close() => Assert.True(_machine.Closed(Assert.IsType<SweepStep.Close>(_machine.Next(_now))));
}
