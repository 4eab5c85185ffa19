using PythiaOrleans.Cluster.Contracts;
using PythiaOrleans.Cluster.Scheduling;
using PythiaOrleans.Core.Ids;
using PythiaOrleans.Core.Sweeps;

namespace PythiaOrleans.Cluster.Tests;

/// <content>What users may ask for, what is stored of it, and what it changes.</content>
public sealed partial class SweepMachineTests
{
    [Fact]
    public void SweepThatHasNotStarted_HasNothingToPauseOrCancel()
    {
        Assert.Null(_machine.Pause());
        Assert.Null(_machine.Cancel());
        Start();
        Assert.Equal(SweepOrderKind.Paused, _machine.Pause()!.Order);
        Assert.Equal(SweepOrderKind.Cancelled, _machine.Cancel()!.Order);
        Ask(_machine.Pause()!);
        Assert.Null(_machine.Pause());
        Assert.NotNull(_machine.Cancel());
    }

    /// <summary>A pause is the user's: only the user ends it.</summary>
    [Fact]
    public void Requests_ToAPausedSweep_LeaveItPaused()
    {
        Start();
        PlanAll();
        _machine.Record([Failed(0)], running: 0);
        Assert.Equal(SweepOrderKind.Running, _machine.Extend(Large).Order);
        Assert.Equal(SweepOrderKind.Running, _machine.Start(Large, hasChanged: true).Order);
        Assert.Equal(SweepOrderKind.Running, _machine.Retry(First, [])!.Order);
        Ask(_machine.Pause()!);
        TellQueue();

        foreach (var request in new[] { _machine.Start(Small, hasChanged: true), _machine.Retry(First, [])!, _machine.Extend(Large) })
        {
            Assert.Null(request.Order);
            Ask(request);
            Assert.Equal(SweepState.Paused, _machine.State);
        }

        Assert.Equal(QueueOrder.Pause, TellQueue()); // planning it again, once it goes on, must not have handed out anything
    }

    [Fact]
    public void Spec_IsStoredWhereItHasChanged()
    {
        Assert.Null(_machine.Start(Small, hasChanged: false).Spec);
        Assert.Equal(Large, _machine.Start(Large, hasChanged: true).Spec);
        Assert.Equal(Large, _machine.Extend(Large).Spec);
        Assert.Null(new SweepRequest.Pause().Spec);
    }

    [Fact]
    public void Retry_PlansTheShardsModelOnly()
    {
        Start(Small with { Models = ["pythia-14m", "pythia-70m"] });
        PlanAll();
        _machine.Record([Failed(0), Failed(1)], running: 0);
        Assert.Null(_machine.Retry(new CheckpointId("pythia-70m", 0), []));

        Ask(_machine.Retry(First, [])!);

        Assert.Equal((SweepState.Planning, 1), (_machine.State, _machine.Counts!.Quarantined));
        Assert.Equal([First], PlanAll().Select(task => task.Id.Checkpoint));
    }

    /// <summary>A coordinator that has just begun knows the failures from the store alone.</summary>
    [Theory]
    [InlineData(null, SweepState.Planning)]
    [InlineData(SweepOrderKind.Paused, SweepState.Paused)]
    public void Retry_OfASweepThatIsNotCounted_KeepsTheOtherFailures(SweepOrderKind? order, SweepState state)
    {
        _machine.Restore(Small, order);
        ShardFailure[] stored = [Failed(0).Failure!, Failed(1).Failure!];
        Assert.Null(_machine.Retry(First with { Step = 7 }, stored));

        Ask(_machine.Retry(First, stored)!);

        Assert.Equal(state, _machine.State);
        Assert.Equal([1], _machine.Counts!.Failures.Select(failure => failure.Checkpoint.Step));
    }

    [Fact]
    public void Failures_OfAnEarlierCoordinator_AreKeptAndMakeTheSweepEndWithThem()
    {
        _machine.Restore(Small, SweepOrderKind.Running);
        _machine.Wake([Failed(1).Failure!]);
        _machine.Wake([]); // it is awake

        Assert.Equal([0], PlanAll().Select(task => task.Id.Checkpoint.Step));
        _machine.Record([Done(0)], running: 0);
        FinishSeries();

        Assert.Equal((SweepState.CompletedWithFailures, 1), (_machine.State, _machine.Counts!.Quarantined));
    }

    [Fact]
    public void Resume_TriesAgainWhatWasGivenUp()
    {
        Start();
        PlanAll();
        _machine.Record([Failed(0)], running: 0);
        Ask(new SweepRequest.Resume());

        Assert.Equal((SweepState.Planning, 0), (_machine.State, _machine.Counts!.Quarantined));
        Assert.Null(TellQueue()); // it was not paused
        Assert.Equal([0], PlanAll().Where(task => task.Id.Checkpoint.Step == 0).Select(task => task.Id.Checkpoint.Step));
    }

    [Fact]
    public void Extension_ByAnAnalysis_CountsNothingAsDoneUntilItWasLookedUp()
    {
        var one = Small with { Analyses = [Small.Analyses[0]] };
        Start(one);
        PlanAll();
        _machine.Record([Done(0) with { Wanted = 1 }, Failed(1) with { Wanted = 1 }], running: 0);

        Ask(_machine.Extend(Small));

        Assert.Equal((0, 1), (_machine.Counts!.Done, _machine.Counts.Quarantined));
        Assert.True(_machine.WasPlanned); // progress may be told
        _stored.Add(0);
        Assert.Empty(PlanAll());
        Assert.Equal((1, 0), (_machine.Counts.Done, _machine.Counts.AlreadyDone));
    }

    [Fact]
    public void Extension_OfASweepThatHasEnded_BeginsIt()
    {
        _machine.SeriesChecked(Finish(), areCurrent: true);
        Close();

        Ask(_machine.Extend(Large));

        Assert.Equal((SweepState.Planning, false), (_machine.State, _machine.WasPlanned));
        Assert.Equal([2], PlanAll().Select(task => task.Id.Checkpoint.Step));
    }

    [Fact]
    public void CancelledSweep_HasNoRunningTasks_AlthoughWorkersReport()
    {
        Start();
        PlanAll();
        _machine.Record([Done(0)], running: 1);
        Assert.Equal(1, _machine.Running);

        Ask(_machine.Cancel()!);
        _machine.Record([Done(1)], running: 1);

        Assert.Equal((0, SweepState.Cancelled, 2, 0),
            (_machine.Running, _machine.State, _machine.Counts!.Done, _machine.Counts.Cancelled));
    }

    [Fact]
    public void SweepWithoutASpec_DoesNothing()
    {
        _machine.Restore(null, null);
        _machine.Wake([]);
        _machine.Record([Done(0)], running: 1);
        _machine.Delay([new TaskDelay(Done(0).Task, default, 1, "503")]);

        Assert.Null(_machine.Next(_now));
        Assert.Equal((SweepState.Idle, 0, 0), (_machine.State, _machine.Running, _machine.DelayedShards));
    }

    [Fact]
    public void Cancel_DropsWhatIsOpen_AndWhatWaitsForStorage()
    {
        Start();
        PlanAll();
        _machine.Record([Done(0)], running: 1);
        _machine.Delay([new TaskDelay(Done(1).Task, default, 1, "503")]);
        Assert.Equal(1, _machine.DelayedShards);

        Ask(_machine.Cancel()!);

        Assert.Equal((1, 1, 0), (_machine.Counts!.Done, _machine.Counts.Cancelled, _machine.Counts.Open));
        Assert.Equal((0, null), (_machine.DelayedShards, _machine.DescribeDelays()));
        Start();
        Assert.Equal(0, _machine.DelayedShards);
    }

    /// <summary>The dispatcher was away when the user was answered: the order is passed on as soon as it is back.</summary>
    [Fact]
    public void Order_ThatCouldNotBePassedOn_IsTheNextStep()
    {
        Start();
        PlanAll();
        Ask(_machine.Pause()!);

        Assert.Equal(QueueOrder.Pause, Assert.IsType<SweepStep.OrderQueue>(_machine.Next(_now)).Order);
    }

    [Fact]
    public void Progress_DoesNotFall_WhenStepsAreAdded()
    {
        Start();
        PlanAll();
        _machine.Record([Done(0)], running: 1);

        Ask(_machine.Extend(Large));

        Assert.Equal((3, 1), (_machine.Counts!.Total, _machine.Counts.Done)); // before the store was listed
    }

    [Fact]
    public void Extension_OfAPausedSweep_ThatThisCoordinatorHasNotCounted_IsTaken()
    {
        _machine.Restore(Small, SweepOrderKind.Paused);

        Ask(_machine.Extend(Large));

        Assert.Equal((SweepState.Paused, 3), (_machine.State, _machine.Counts!.Open));
    }

    [Fact]
    public void Models_ThatAreStillToBePlanned_ArePlannedOnce()
    {
        Start(Small with { Models = ["pythia-14m", "pythia-70m"] });
        _machine.Connected(_machine.Next(_now)!, Epoch, []);
        _machine.Listed(Assert.IsType<SweepStep.ListModel>(_machine.Next(_now)), _ => [.. Small.Analyses]);
        _machine.Enqueued(_machine.Next(_now)!);
        _machine.Record([Failed(0)], running: 0);

        Ask(_machine.Retry(First, [])!);

        Assert.Equal(["pythia-70m@step0", "pythia-70m@step1", "pythia-14m@step0", "pythia-14m@step1"],
            PlanAll().Select(task => task.Id.Checkpoint.ToString()));
    }

    [Fact]
    public void Extension_WhileTasksAreHandedOver_HandsEachOverOnce()
    {
        Start(Small with { Models = ["pythia-14m", "pythia-70m"] });
        _machine.Connected(_machine.Next(_now)!, Epoch, []);
        _machine.Listed(Assert.IsType<SweepStep.ListModel>(_machine.Next(_now)), _ => [.. Small.Analyses]);

        Ask(_machine.Extend(Large with { Models = ["pythia-14m", "pythia-70m"] }));

        var tasks = PlanAll();
        Assert.Equal((6, 6), (tasks.Count, tasks.DistinctBy(task => task.Id).Count()));
    }

    private static TaskOutcome Failed(int step)
    {
        var failure = new ShardFailure(First with { Step = step }, Small.Analyses, FailureKind.Permanent, "corrupt", 1, default);
        return Done(step) with { End = OutcomeKind.Quarantined, Failure = failure };
    }
}
