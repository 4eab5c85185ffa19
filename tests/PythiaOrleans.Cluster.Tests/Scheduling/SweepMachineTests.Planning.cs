using PythiaOrleans.Cluster.Contracts;
using PythiaOrleans.Cluster.Scheduling;
using PythiaOrleans.Core.Ids;
using PythiaOrleans.Core.Sweeps;

namespace PythiaOrleans.Cluster.Tests;

/// <content>What is planned and planned again, and what is done while the sweep runs.</content>
public sealed partial class SweepMachineTests
{
    private static readonly CheckpointId First = new("pythia-14m", 0);

    [Fact]
    public void Models_AreListedFromTheLargestOn()
    {
        _machine = new SweepMachine("machine", model => model == "pythia-70m" ? 70 : 14);
        Start(Small with { Models = ["pythia-14m", "pythia-70m"] });

        Assert.Equal([("pythia-70m", 70L), ("pythia-70m", 70L), ("pythia-14m", 14L), ("pythia-14m", 14L)],
            PlanAll().Select(task => (task.Id.Checkpoint.Model, task.Cost)));
    }

    [Fact]
    public void Tasks_AreGivenToTheDispatcherInBatches()
    {
        Start(Small with { Steps = [.. Enumerable.Range(0, 600)] });

        var first = Assert.IsType<SweepStep.Enqueue>(ListAll());
        _machine.Enqueued(first);
        var second = Assert.IsType<SweepStep.Enqueue>(ListAll());

        Assert.Equal((512, 88), (first.Tasks.Count, second.Tasks.Count));
    }

    [Fact]
    public void Planning_IsOverWhenTheLastBatchIsHandedOver()
    {
        Assert.False(_machine.IsActive);
        Start();
        Assert.True(_machine.IsActive);
        Assert.False(_machine.IsLastListed);

        var enqueue = Assert.IsType<SweepStep.Enqueue>(ListAll());
        Assert.Equal((true, false, false), (_machine.IsLastListed, _machine.WasPlanned, _machine.IsQuiet));
        Assert.True(_machine.Awaits(enqueue));
        Assert.Null(_machine.Next(_now));

        _machine.Enqueued(enqueue);
        Assert.True(_machine.IsQuiet);
        Assert.IsType<SweepStep.Compare>(_machine.Next(_now));
        Assert.Equal((false, true, SweepState.Running), (_machine.IsLastListed, _machine.WasPlanned, _machine.State));
        _machine.Hold();
        Assert.False(_machine.IsQuiet);
    }

    [Fact]
    public void Tasks_OfShardsThatFailedBefore_BringTheirAttemptsAndDeaths()
    {
        Start();
        var (first, second) = (Small.Analyses[0], Small.Analyses[1]);
        _machine.Connected(_machine.Next(_now)!, Epoch,
        [
            new ShardHistory(First, [new AnalysisHistory(first, 1, 0, 2, 0, null), new AnalysisHistory(second, 2, 0, 1, 0, null)], []),
            new ShardHistory(First with { Step = 1 }, [new AnalysisHistory(second, 2, 0, 1, 0, null)], []),
        ]);
        _machine.Listed(Assert.IsType<SweepStep.ListModel>(_machine.Next(_now)), step => step == 0 ? [first, second] : [first]);

        // Of the second shard only what never failed is missing.
        Assert.Equal([(2, 2), (0, 0)], PlanAll().Select(task => (task.Attempts, task.Deaths)));
    }

    [Fact]
    public void Results_FoundAtTheFirstLook_WereThereBefore_LaterOnesWereNot()
    {
        _stored.Add(0);
        Start();
        Assert.Equal([1], PlanAll().Select(task => task.Id.Checkpoint.Step));
        Assert.Equal((1, 1), (_machine.Counts!.Done, _machine.Counts.AlreadyDone));

        _stored.Add(1);
        _machine.Compared(_machine.Next(_now)!, new DispatcherStatus(Guid.NewGuid(), 0, 0));
        PlanAll();

        Assert.Equal((2, 1), (_machine.Counts.Done, _machine.Counts.AlreadyDone));
    }

    [Fact]
    public void Dispatcher_WithoutTasksOfAnOpenSweep_IsBelievedTenTimes()
    {
        Start();
        PlanAll();

        Assert.All(Enumerable.Range(0, 9), _ => Assert.False(Compare(open: 0)));
        Assert.False(Compare(open: 2));
        Assert.All(Enumerable.Range(0, 9), _ => Assert.False(Compare(open: 0)));
        Assert.True(Compare(open: 0));
        Assert.Equal(SweepState.Planning, _machine.State);
    }

    [Fact]
    public void Dispatcher_ThatLostTasksOfAPausedSweep_IsGivenThemWhenItGoesOn()
    {
        Start();
        PlanAll();
        Ask(_machine.Pause()!);
        TellQueue();
        _now += TimeSpan.FromSeconds(5);

        Assert.False(_machine.Compared(_machine.Next(_now)!, new DispatcherStatus(Guid.NewGuid(), 0, 3)));
        Assert.Equal((SweepState.Paused, 3), (_machine.State, _machine.Running));
        _now += TimeSpan.FromSeconds(4);
        Assert.Null(_machine.Next(_now)); // a paused sweep has time
    }

    [Fact]
    public void Series_AreWrittenWhileTheSweepRuns_WhereResultsWereAdded()
    {
        Start(Small with { Steps = [0, 1, 2, 3] });
        PlanAll();
        _machine.Record([Done(0)], running: 1);
        Assert.IsType<SweepStep.Compare>(NextAfter(30)); // the first look
        Assert.IsType<SweepStep.Compare>(NextAfter(30));
        _machine.Record([Done(1)], running: 1);

        Assert.IsType<SweepStep.Compare>(NextAfter(29));
        var write = Assert.IsType<SweepStep.WriteSeries>(NextAfter(1));
        Assert.False(write.IsLast);
        _machine.SeriesAsked(write);

        Assert.IsType<SweepStep.Compare>(NextAfter(30)); // nothing was added
        _machine.Record([Done(2), Done(3)], running: 0);
        Assert.True(Assert.IsType<SweepStep.WriteSeries>(NextAfter(0)).IsLast);
    }

    [Fact]
    public void Sweep_WhoseSeriesAreNotWrittenYet_Waits()
    {
        _machine.SeriesChecked(Finish(), areCurrent: false);

        Assert.IsType<SweepStep.CheckSeries>(_machine.Next(_now));
    }

    /// <summary>A store that damages the same result again and again does not keep the sweep from ending.</summary>
    [Fact]
    public void Results_ThatAreDamaged_AreComputedAgain_ThreeTimes()
    {
        var check = Finish();
        for (var loss = 0; loss < 3; loss++)
        {
            _stored.Remove(0);
            Assert.False(_machine.SeriesFailed(check, "damaged", [First]));
            Assert.Equal((1, SweepState.Planning), (_machine.Counts!.Open, _machine.State));
            Assert.Equal([0], PlanAll().Select(task => task.Id.Checkpoint.Step));
            _stored.Add(0);
            _machine.Record([Done(0)], running: 0);
            check = AskForSeries();
        }

        Assert.False(_machine.SeriesFailed(check, "damaged", [First])); // a try of writing, not of computing
        Assert.Equal((0, SweepState.Finishing), (_machine.Counts!.Open, _machine.State));
    }

    [Fact]
    public void Series_ThatFailForNoDamagedResult_AreWrittenAgain()
    {
        var check = Finish();

        Assert.False(_machine.SeriesFailed(check, "the disk is full", []));

        Assert.Equal(SweepState.Finishing, _machine.State);
        Assert.IsType<SweepStep.WriteSeries>(_machine.Next(_now));
        Assert.False(_machine.SeriesFailed(check, "late", [First]));
        Assert.Equal(0, _machine.Counts!.Open);
    }

    [Fact]
    public void Sweep_ThatIsStartedAgain_LooksAtTheStoreAgain()
    {
        _machine.SeriesChecked(Finish(), areCurrent: true);
        Close();
        Assert.Equal((SweepState.Completed, 0, false), (_machine.State, _machine.Running, _machine.IsActive));
        _stored.Remove(1);

        Start();

        Assert.Equal((SweepState.Planning, 0, false), (_machine.State, _machine.Counts!.Done, _machine.WasPlanned));
        Assert.Equal([1], PlanAll().Select(task => task.Id.Checkpoint.Step));
    }

    [Fact]
    public void Start_OfASweepThatRuns_ChangesNothing()
    {
        Start();
        PlanAll();
        _machine.Record([Done(0)], running: 1);

        Start();

        Assert.Equal((SweepState.Running, 1, 1), (_machine.State, _machine.Counts!.Done, _machine.Running));
        Assert.IsType<SweepStep.Compare>(_machine.Next(_now));
    }

    /// <summary>An answer is matched with its step by the number: none may come twice.</summary>
    [Fact]
    public void Steps_CountUp()
    {
        var numbers = new List<long>();
        Start(Large);
        _machine.Connected(Next<SweepStep.Connect>(), Epoch, []);
        _machine.Listed(Next<SweepStep.ListModel>(), _ => [.. Small.Analyses]);
        _machine.Enqueued(Next<SweepStep.Enqueue>());
        _machine.Record([Done(2)], running: 0);
        _now += TimeSpan.FromSeconds(30);
        _machine.Failed(Next<SweepStep.Compare>());
        _machine.Record([Done(0)], running: 0);
        _now += TimeSpan.FromSeconds(30);
        _machine.SeriesAsked(Next<SweepStep.WriteSeries>());
        Ask(_machine.Pause()!);
        _machine.Ordered(Next<SweepStep.OrderQueue>());
        Ask(new SweepRequest.Resume());
        _machine.Ordered(Next<SweepStep.OrderQueue>());
        _machine.Connected(Next<SweepStep.Connect>(), Epoch, []);
        _machine.Record([Done(1)], running: 0);
        _machine.SeriesAsked(Next<SweepStep.WriteSeries>());
        _machine.SeriesChecked(Next<SweepStep.CheckSeries>(), areCurrent: true);
        Assert.True(_machine.Closed(Next<SweepStep.Close>()));

        Assert.Equal(numbers.Distinct().Order(), numbers);

        T Next<T>()
            where T : SweepStep
        {
            var step = Assert.IsType<T>(_machine.Next(_now));
            numbers.Add(step.Number);
            return step;
        }
    }

    [Fact]
    public void Answers_ThatAreNotAwaited_ChangeNothing()
    {
        Start();
        PlanAll();
        var compare = _machine.Next(_now)!;
        _machine.Failed(compare);
        Assert.False(_machine.Compared(compare, new DispatcherStatus(Guid.NewGuid(), 0, 5)));
        Assert.Equal((SweepState.Running, 0), (_machine.State, _machine.Running));

        _machine.Record([Done(0), Done(1)], running: 0);
        var write = Assert.IsType<SweepStep.WriteSeries>(_machine.Next(_now));
        _machine.Hold();
        _machine.Refuse();
        _machine.SeriesAsked(write);
        Assert.IsType<SweepStep.WriteSeries>(_machine.Next(_now)); // it is asked again
    }

    /// <summary>The last outcomes came in while the dispatcher was asked for the tenth time.</summary>
    [Fact]
    public void Dispatcher_WithoutTasksOfASweepThatIsDone_IsRight()
    {
        Start();
        PlanAll();
        Assert.All(Enumerable.Range(0, 9), _ => Assert.False(Compare(open: 0)));
        var compare = _machine.Next(_now)!;
        _machine.Record([Done(0), Done(1)], running: 0);

        Assert.False(_machine.Compared(compare, new DispatcherStatus(Epoch, 0, 0)));
        Assert.IsType<SweepStep.WriteSeries>(_machine.Next(_now));
    }

    private bool Compare(int open) => _machine.Compared(_machine.Next(_now)!, new DispatcherStatus(Epoch, open, 0));

    private SweepStep? NextAfter(int seconds)
    {
        _now += TimeSpan.FromSeconds(seconds);
        var step = _machine.Next(_now);
        if (step is SweepStep.Compare)
        {
            _machine.Compared(step, new DispatcherStatus(Epoch, 1, 1));
        }

        return step;
    }
}
