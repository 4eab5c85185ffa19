using PythiaOrleans.Cluster.Contracts;
using PythiaOrleans.Cluster.Scheduling;
using PythiaOrleans.Core.Ids;
using PythiaOrleans.Core.Sweeps;

namespace PythiaOrleans.Cluster.Tests;

/// <summary>What the dispatcher makes of verdicts of the owners of checkpoints, one by one.</summary>
public sealed class VerdictTests
{
    private const long Late = 999; // a lease of a dispatcher before this one

    private static readonly SweepSpec First = World.Spec("first", 3);
    private static readonly AnalysisId Common = First.Analyses[0];
    private static readonly AnalysisId Own = First.Analyses[1];
    private static readonly SweepSpec Second = First with { Name = "second", Analyses = [Common] };
    private static readonly TaskId Shard = ShardOf(First);

    private readonly DispatcherOptions _options = new();
    private readonly Dispatcher _dispatcher;
    private TimeSpan _now;

    public VerdictTests() => _dispatcher = new Dispatcher(_options);

    [Fact]
    public void Verdict_OfAnEarlierLease_LeavesTheTaskWithItsWorker()
    {
        Enqueue(First);
        var lease = Lease("a");

        Settle(First, Late, stored: [], missing: First.Analyses);

        Assert.True(_dispatcher.IsLeased("a", lease.Fence));
        Assert.Empty(_dispatcher.Lease("b", 1, _now));
    }

    [Fact]
    public void Verdict_WithoutALease_LeavesATaskThatWaitsInItsPlace()
    {
        Enqueue(First);
        var arrivals = _dispatcher.Arrivals;

        Settle(First, 0, stored: [], missing: First.Analyses);

        Assert.Equal((arrivals, 1), (_dispatcher.Arrivals, _dispatcher.Open));
    }

    /// <summary>A worker said that it was committed; the store does not hold it.</summary>
    [Fact]
    public void Result_ThatTheStoreLost_IsComputedAgain()
    {
        Enqueue(First);
        var lease = Lease("a");

        Settle(First, lease.Fence, stored: [Own], missing: [Common]);

        Assert.Equal([Common], Lease("b").Analyses);
    }

    [Fact]
    public void Shard_ThatHasEnded_HasNoTasksLeft()
    {
        _dispatcher.Enqueue(First, [Task(First) with { Analyses = [Own] }]);
        var lease = Lease("a");
        Enqueue(First); // what the leased task does not compute becomes another one
        Assert.Equal(2, _dispatcher.Open);

        Settle(First, lease.Fence, stored: [], missing: []); // both were given up

        Assert.Equal((0, 0, 0), (_dispatcher.Open, _dispatcher.Leased, _dispatcher.LeasedOf("first")));
        Assert.Null(_dispatcher.Find(Shard));
    }

    [Fact]
    public void Result_ThatExists_IsComputedByNoTaskThatWaits()
    {
        Enqueue(First);

        Settle(First, Late, stored: [Common], missing: [Own]);

        Assert.Equal([Own], Lease("a").Analyses);
        Assert.Equal(1, _dispatcher.Open);
    }

    /// <summary>A worker finds the results itself; its task is what it was when it dies.</summary>
    [Fact]
    public void Task_ThatIsLeased_StaysAsItWasLeased()
    {
        Enqueue(First);
        var lease = Lease("a");
        _dispatcher.Heartbeat("a", [lease.Fence], [lease.Fence], _now);

        Settle(First, Late, stored: [Common], missing: [Own]);
        _dispatcher.WorkerDied("a", _now);

        var report = Assert.Single(_dispatcher.TakeDecisions()!.Reports);
        Assert.Equal((FailureKind.WorkerDied, "a"), (report.Failure, report.Message));
        Assert.Equal(First.Analyses, report.Missing);
    }

    [Fact]
    public void Sweep_WhoseResultsAnotherComputed_AsksItsOwnerWhetherItHasEnded()
    {
        Enqueue(First);
        Enqueue(Second);

        Settle(First, Late, stored: [Common], missing: [Own]);

        var report = Assert.Single(_dispatcher.TakeDecisions()!.Reports);
        Assert.Equal((ShardOf(Second), 0, null), (report.Task, report.Fence, report.Failure));
        Assert.Equal("first", Lease("a").Task.Sweep);
        Assert.Empty(_dispatcher.Lease("a", 1, _now)); // what is asked about is not leased
        Settle(First, Late, stored: [Common], missing: [Own]); // asked already
        Assert.Null(_dispatcher.TakeDecisions());

        _now += _options.LeaseDuration + TimeSpan.FromMilliseconds(1);
        Assert.Empty(_dispatcher.Heartbeat("a", [], [], _now));
        _dispatcher.Tick(_now);
        var again = Assert.Single(_dispatcher.TakeDecisions()!.Reports);
        Assert.Equal((ShardOf(Second), 0, null), (again.Task, again.Fence, again.Failure));

        Settle(Second, 0, stored: [Common], missing: []);
        Assert.Equal((0, 1), (_dispatcher.OpenOf("second"), _dispatcher.OpenOf("first")));
    }

    [Fact]
    public void Task_ThatIsLeasedAndWhoseResultsAnotherComputed_IsTakenFromItsWorker()
    {
        Enqueue(Second);
        var lease = Lease("b");
        Enqueue(First);

        Settle(First, Late, stored: [Common], missing: [Own]);

        Assert.Equal((0, 0), (_dispatcher.Leased, _dispatcher.LeasedOf("second")));
        Assert.Equal([lease.Fence], _dispatcher.Heartbeat("b", [lease.Fence], [lease.Fence], _now));
        Assert.Equal("first", Lease("b").Task.Sweep);
        Assert.Empty(_dispatcher.Lease("b", 1, _now));
    }

    /// <summary>It waited for a task of another sweep; it must not come back with that one.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Task_ThatEndsWhileItWaitsForAnother_IsGone(bool isCancelled)
    {
        Enqueue(First);
        var lease = Lease("a");
        Enqueue(Second);
        Assert.Empty(_dispatcher.Lease("b", 1, _now)); // it waits for the first

        if (isCancelled)
        {
            _dispatcher.Cancel("second");
        }
        else
        {
            Settle(First, Late, stored: [Common], missing: [Own]);
            Settle(Second, 0, stored: [Common], missing: []);
        }

        Assert.Equal(0, _dispatcher.OpenOf("second"));
        _dispatcher.HandBack("a", [lease.Fence]);
        Assert.Equal("first", Lease("a").Task.Sweep);
        Assert.Empty(_dispatcher.Lease("a", 1, _now));
    }

    [Fact]
    public void Task_ThatIsTriedAgain_IsAskedAboutNoMore()
    {
        Enqueue(First);
        var lease = Lease("a");
        _dispatcher.TakeBack("a", [lease.Fence], _now);
        var retry = new TaskRetry(First.Analyses, TimeSpan.Zero, 1, 0, 0);
        _dispatcher.Settle(new ShardVerdict(Shard, lease.Fence + 1, [], First.Analyses, 2, retry), _now); // of another question
        Assert.Empty(_dispatcher.Lease("a", 1, _now));
        _dispatcher.Settle(new ShardVerdict(Shard, lease.Fence, [], First.Analyses, 2, retry), _now);
        var again = Lease("a");

        _now += _options.LeaseDuration + TimeSpan.FromMilliseconds(1);
        _dispatcher.Heartbeat("a", [again.Fence], [], _now);
        _dispatcher.Tick(_now);

        Assert.Empty(_dispatcher.Lease("b", 1, _now));
    }

    /// <summary>The owner is given as long as a worker; then the task is ready again.</summary>
    [Fact]
    public void Owner_ThatDoesNotAnswer_IsWaitedForAsLongAsALease()
    {
        _now = TimeSpan.FromSeconds(100);
        Enqueue(First);
        var lease = Lease("a");
        _dispatcher.TakeBack("a", [lease.Fence], _now);

        _now += _options.LeaseDuration;
        _dispatcher.Tick(_now);
        Assert.Empty(_dispatcher.Lease("b", 1, _now));
        _now += TimeSpan.FromMilliseconds(1);
        _dispatcher.Tick(_now);

        Assert.Equal(Shard, Lease("b").Task);
    }

    [Fact]
    public void Task_IsTakenBackFromItsOwnWorkerOnly()
    {
        Enqueue(First);
        var lease = Lease("a");
        Assert.Equal([lease.Fence], _dispatcher.TakeBack("a", [lease.Fence], _now));
        Assert.Empty(_dispatcher.TakeBack("a", [lease.Fence + 50], _now));
        Assert.Empty(_dispatcher.TakeBack("b", [lease.Fence], _now));

        _dispatcher.Enqueue(First, [new PendingTask(Shard with { Checkpoint = new CheckpointId("m", 9) }, First.Analyses, 1)]);
        var running = Lease("c");
        _dispatcher.Heartbeat("c", [running.Fence], [running.Fence], _now);
        _dispatcher.WorkerDied("c", _now);
        Assert.Empty(_dispatcher.TakeBack("c", [running.Fence], _now)); // its death is told already
    }

    /// <summary>The grant of it may never have reached the worker.</summary>
    [Fact]
    public void Worker_ThatLeaves_GivesBackWhatItNeverBegan()
    {
        Enqueue(First);
        Lease("a");

        _dispatcher.WorkerLeft("a", _now);

        Assert.Empty(_dispatcher.Workers);
        Assert.Null(_dispatcher.TakeDecisions());
        Assert.False(Lease("b").IsSuspect);
    }

    /// <summary>What it ran it has reported: its owner says what is left, and no death is counted.</summary>
    [Fact]
    public void Worker_ThatLeavesBeforeItsReportIsJudged_IsNoDeath()
    {
        Enqueue(First);
        var lease = Lease("a");
        _dispatcher.Heartbeat("a", [lease.Fence], [lease.Fence], _now);

        _dispatcher.WorkerLeft("a", _now);
        _dispatcher.WorkerDied("a", _now);

        var report = Assert.Single(_dispatcher.TakeDecisions()!.Reports);
        Assert.Equal((Shard, 0, null), (report.Task, report.Fence, report.Failure));
        Assert.Empty(_dispatcher.Lease("b", 1, _now));
        Settle(First, 0, stored: [Common], missing: [Own]);
        var left = Lease("b");
        Assert.Equal([Own], left.Analyses);
        Assert.Equal((1, false), (left.Attempt, left.IsSuspect));
    }

    private static TaskId ShardOf(SweepSpec sweep) => new(sweep.Name, new CheckpointId("pythia-14m", 1));

    private static PendingTask Task(SweepSpec sweep) => new(ShardOf(sweep), sweep.Analyses, 1);

    private TaskLease Lease(string worker) => Assert.Single(_dispatcher.Lease(worker, 1, _now));

    private void Enqueue(SweepSpec sweep) => _dispatcher.Enqueue(sweep, [Task(sweep)]);

    private void Settle(SweepSpec sweep, long fence, IReadOnlyList<AnalysisId> stored, IReadOnlyList<AnalysisId> missing) =>
        _dispatcher.Settle(new ShardVerdict(ShardOf(sweep), fence, stored, missing, sweep.Analyses.Count, null), _now);
}
