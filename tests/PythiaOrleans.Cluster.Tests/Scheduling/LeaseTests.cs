using PythiaOrleans.Cluster.Contracts;
using PythiaOrleans.Cluster.Scheduling;
using PythiaOrleans.Core.Ids;
using PythiaOrleans.Core.Sweeps;

namespace PythiaOrleans.Cluster.Tests;

/// <summary>How leases begin, are renewed and end.</summary>
public sealed class LeaseTests
{
    private static readonly SweepSpec Sweep = World.Spec("leased", 9);

    private readonly DispatcherOptions _options = new();
    private readonly Dispatcher _dispatcher;
    private TimeSpan _now;

    public LeaseTests() => _dispatcher = new Dispatcher(_options);

    [Fact]
    public void Task_HandedBack_IsLeasedAgainAsIfItNeverWas()
    {
        Enqueue(0);
        var lease = Lease("a");
        _dispatcher.HandBack("b", [lease.Fence, 99]); // not its own, and none at all
        Assert.Equal(1, _dispatcher.Leased);

        _dispatcher.HandBack("a", [lease.Fence]);
        Assert.Equal((0, 0), (_dispatcher.LeasedOf(Sweep.Name), _dispatcher.LeasedBy("a")));
        Assert.Null(_dispatcher.Find(lease.Task)!.Worker);

        var again = Lease("b");
        Assert.Equal((lease.Task, false, 1), (again.Task, again.IsSuspect, again.Attempt));
        Assert.True(again.Fence > lease.Fence);
    }

    [Fact]
    public void Lease_ThatItsWorkerDoesNotKnow_EndsAfterItsDuration()
    {
        Enqueue(0, 1);
        var (known, lost) = (Lease("a"), Lease("a"));
        _now = _options.LeaseDuration;
        Assert.Empty(_dispatcher.Heartbeat("a", [known.Fence], [], _now));
        Assert.Equal(2, _dispatcher.LeasedBy("a")); // the reply may still be on its way

        _now += TimeSpan.FromMilliseconds(1);
        Assert.Empty(_dispatcher.Heartbeat("a", [known.Fence], [], _now));

        Assert.Equal(lost.Task, Lease("b").Task);
        Assert.Equal([lost.Fence], _dispatcher.Heartbeat("a", [known.Fence, lost.Fence], [lost.Fence], _now));
    }

    [Fact]
    public void Lease_ThatIsRenewed_LastsFromThenOn()
    {
        Enqueue(0, 1, 2);
        var fences = _dispatcher.Lease("a", 3, _now).Select(lease => lease.Fence).ToArray();
        _now = TimeSpan.FromSeconds(20);
        Assert.Empty(_dispatcher.Heartbeat("a", fences, [], _now));
        _now = TimeSpan.FromSeconds(50);
        Assert.Empty(_dispatcher.Heartbeat("a", [], [], _now));
        Assert.Equal(3, _dispatcher.Leased);

        _now += TimeSpan.FromMilliseconds(1);
        Assert.Empty(_dispatcher.Heartbeat("a", [], [], _now));

        Assert.Equal((0, 0), (_dispatcher.Leased, _dispatcher.LeasedOf(Sweep.Name)));
        Assert.Equal(fences, _dispatcher.Heartbeat("a", fences.Reverse(), [], _now)); // lost, in the order of their numbers
        Assert.Equal([0, 1, 2], _dispatcher.Lease("b", 3, _now).Select(lease => lease.Task.Checkpoint.Step)); // as they came
    }

    [Fact]
    public void Tasks_OfDeadWorkers_AreReadyAgainInTheirOrder()
    {
        Enqueue(0, 1, 2, 3);
        Assert.Equal(2, _dispatcher.Lease("b", 2, _now).Count);
        Assert.Equal(2, _dispatcher.Lease("a", 2, _now).Count);

        _dispatcher.Tick(_options.LeaseDuration + TimeSpan.FromMilliseconds(1));

        // Worker by worker, by name: the same history gives the same decisions.
        Assert.Equal([2, 3, 0, 1], _dispatcher.Lease("c", 4, _now).Select(lease => lease.Task.Checkpoint.Step));
    }

    [Fact]
    public void Worker_ThatIsSilentForLongerThanALease_LosesIts()
    {
        Enqueue(0);
        var lease = Lease("a");
        _dispatcher.Tick(_options.LeaseDuration);
        Assert.Equal(["a"], _dispatcher.Workers);

        _dispatcher.Tick(_options.LeaseDuration + TimeSpan.FromMilliseconds(1));

        Assert.Empty(_dispatcher.Workers);
        var again = Lease("b");
        Assert.Equal((lease.Task, true), (again.Task, again.IsSuspect));
    }

    [Fact]
    public void Task_ThatIsToBeTriedAgain_WaitsAsLongAsItsOwnerSays()
    {
        Enqueue(0);
        var lease = Lease("a");
        _dispatcher.TakeBack("a", [lease.Fence], _now);
        var retry = new TaskRetry(Sweep.Analyses, TimeSpan.FromSeconds(5), Attempts: 1, Delays: 2, Deaths: 0);
        _dispatcher.Settle(new ShardVerdict(lease.Task, lease.Fence, [], Sweep.Analyses, 2, retry), _now);
        Assert.Equal((1, 2), (_dispatcher.Find(lease.Task)!.Attempts, _dispatcher.Find(lease.Task)!.Delays));

        _dispatcher.Tick(TimeSpan.FromSeconds(4.9));
        Assert.Empty(_dispatcher.Lease("a", 1, _now));
        _dispatcher.Tick(TimeSpan.FromSeconds(5));

        Assert.Equal(2, Lease("a").Attempt);
    }

    [Fact]
    public void Task_ThatWaits_IsNotMadeReadyByATimeFromBeforeItsSweepWasCancelled()
    {
        Enqueue(0);
        var lease = Lease("a");
        _dispatcher.TakeBack("a", [lease.Fence], _now);
        var retry = new TaskRetry(Sweep.Analyses, TimeSpan.FromSeconds(5), 1, 0, 0);
        _dispatcher.Settle(new ShardVerdict(lease.Task, lease.Fence, [], Sweep.Analyses, 2, retry), _now);
        _dispatcher.Cancel(Sweep.Name);

        _dispatcher.Tick(TimeSpan.FromSeconds(5));

        Assert.Empty(_dispatcher.Lease("a", 1, _now));
    }

    [Fact]
    public void Task_WithAHistory_GoesOnFromIt()
    {
        _dispatcher.Enqueue(Sweep, [Task(0) with { Attempts = 1 }, Task(1) with { Deaths = 1 }]);

        Assert.Equal([(2, false), (1, true)], _dispatcher.Lease("a", 2, _now).Select(lease => (lease.Attempt, lease.IsSuspect)));
        Assert.Equal(1, _dispatcher.Find(Task(1).Id)!.Deaths);
    }

    [Fact]
    public void Analyses_AddedToATaskThatWaits_AreComputedWithIt()
    {
        _dispatcher.Enqueue(Sweep, [Task(0) with { Analyses = [Sweep.Analyses[0]] }]);
        _dispatcher.Enqueue(Sweep, [Task(0)]);

        Assert.Equal(Sweep.Analyses, Lease("a").Analyses);
        Assert.Equal(1, _dispatcher.Open);
    }

    [Fact]
    public void Lease_GivesAtMostWhatIsAskedFor()
    {
        Enqueue(0, 1, 2);

        Assert.Empty(_dispatcher.Lease("a", 0, _now));
        Assert.Equal([0, 1], _dispatcher.Lease("a", 2, _now).Select(lease => lease.Task.Checkpoint.Step));
        Assert.Null(_dispatcher.TakeDecisions()); // owners need not be asked
    }

    private static PendingTask Task(int step) => new(new TaskId(Sweep.Name, new CheckpointId("pythia-14m", step)), Sweep.Analyses, 1);

    private TaskLease Lease(string worker) => Assert.Single(_dispatcher.Lease(worker, 1, _now));

    private void Enqueue(params int[] steps) => _dispatcher.Enqueue(Sweep, steps.Select(Task));
}
