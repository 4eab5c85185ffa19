using PythiaOrleans.Cluster.Contracts;
using PythiaOrleans.Cluster.Scheduling;
using PythiaOrleans.Core.Ids;
using PythiaOrleans.Core.Sweeps;

namespace PythiaOrleans.Cluster.Tests;

/// <summary>The queue and its leases.</summary>
public sealed class DispatcherTests
{
    private static readonly SweepSpec First = World.Spec("first", 3);
    private static readonly SweepSpec Second = First with { Name = "second", Analyses = [First.Analyses[0]] };

    private readonly DispatcherOptions _options = new();
    private readonly CheckpointMachines _owners;
    private Dispatcher _dispatcher;
    private TimeSpan _now;

    public DispatcherTests()
    {
        _owners = new CheckpointMachines(_options, () => null);
        _dispatcher = new Dispatcher(_options);
    }

    [Fact]
    public void Task_LeasedByADispatcherThatDied_IsNotCalledLostWhileItRuns()
    {
        _dispatcher = new Dispatcher(_options, lastFence: 100);

        Assert.Equal([8], _dispatcher.Heartbeat("a", [7, 8], [7], _now)); // 8 has not begun: it is leased again
    }

    [Fact]
    public void Fences_OfADispatcherWhoseClockIsBehind_AreAboveThoseThatAWorkerHasSeen()
    {
        Enqueue(First, 0);

        var lease = Assert.Single(_dispatcher.Lease("a", 1, _now, lastFence: 5000));

        Assert.True(lease.Fence > 5000, $"fence {lease.Fence} was given after 5000");
        Assert.Empty(_dispatcher.Heartbeat("a", [5000, lease.Fence], [5000], _now)); // 5000 is a lease of the dispatcher before
    }

    [Fact]
    public void Sweeps_ThatLackTheSameResult_ComputeItOnce()
    {
        Enqueue(First, 0);
        Enqueue(Second, 0);
        var lease = Assert.Single(_dispatcher.Lease("a", 5, _now));
        Assert.Equal("first", lease.Task.Sweep);
        Assert.Empty(_dispatcher.Lease("b", 5, _now));

        var ended = _owners.Succeed(_dispatcher, lease, 0, _now);

        Assert.Equal(["first", "second"], ended.Select(outcome => outcome.Task.Sweep).Order());
        Assert.All(ended, outcome => Assert.Equal(OutcomeKind.Committed, outcome.End));
        Assert.Equal((0, 0), (_dispatcher.Open, _dispatcher.Leased));
    }

    [Theory]
    [InlineData(FailureKind.Permanent)]
    [InlineData(FailureKind.Infrastructure)]
    public void Sweep_ThatWaitsForAnother_TriesItselfWhereTheOtherFails(FailureKind kind)
    {
        Enqueue(First, 0);
        Enqueue(Second, 0);
        var lease = Assert.Single(_dispatcher.Lease("a", 5, _now));

        _owners.Fail(_dispatcher, "a", lease, kind, "why", lease.Analyses, _now);

        Assert.Equal("second", Assert.Single(_dispatcher.Lease("b", 1, _now)).Task.Sweep);
    }

    [Fact]
    public void Sweep_ThatWaitsForAnother_GoesOnWhereTheOtherIsCancelledOrItsWorkerDies()
    {
        Enqueue(First, 0, 1);
        Enqueue(Second, 0, 1);
        Assert.Equal(2, _dispatcher.Lease("a", 2, _now).Count);
        Assert.Empty(_dispatcher.Lease("b", 2, _now));

        _dispatcher.Cancel("first");

        Assert.Equal(["second", "second"], _dispatcher.Lease("b", 2, _now).Select(lease => lease.Task.Sweep));
        _dispatcher.WorkerDied("b", _now);
        Assert.Equal(2, _dispatcher.Lease("c", 2, _now).Count);
    }

    [Fact]
    public void Failure_OfALeaseThatWasLost_MeansNothing()
    {
        Enqueue(First, 0);
        var old = Assert.Single(_dispatcher.Lease("a", 1, _now));
        _dispatcher.WorkerDied("a", _now);
        var lease = Assert.Single(_dispatcher.Lease("b", 1, _now));

        Assert.Empty(_dispatcher.TakeBack("a", [old.Fence], _now));
        Assert.Empty(_dispatcher.TakeBack("a", [lease.Fence], _now)); // it is another worker's
        Assert.Equal([lease.Fence], _dispatcher.TakeBack("b", [lease.Fence], _now));
        Assert.Equal([lease.Fence], _dispatcher.TakeBack("b", [lease.Fence], _now)); // its reply was lost
    }

    [Fact]
    public void Task_WhoseOwnerDoesNotAnswer_IsLeasedAgain()
    {
        Enqueue(First, 0);
        var lease = Assert.Single(_dispatcher.Lease("a", 1, _now));
        _dispatcher.TakeBack("a", [lease.Fence], _now);
        Assert.Empty(_dispatcher.Lease("a", 1, _now));

        _now += _options.LeaseDuration + TimeSpan.FromSeconds(1);
        _dispatcher.Tick(_now);

        Assert.Equal(lease.Task, Assert.Single(_dispatcher.Lease("a", 1, _now)).Task);
    }

    [Fact]
    public void Death_WhoseOwnerDoesNotAnswer_IsToldAgain()
    {
        Enqueue(First, 0);
        var lease = Assert.Single(_dispatcher.Lease("a", 1, _now));
        _dispatcher.Heartbeat("a", [lease.Fence], [lease.Fence], _now);
        _dispatcher.WorkerDied("a", _now);
        Assert.Single(_dispatcher.TakeDecisions()!.Reports); // and is lost

        _now += _options.LeaseDuration + TimeSpan.FromSeconds(1);
        _dispatcher.Tick(_now);
        Assert.Empty(_dispatcher.Lease("b", 1, _now)); // only its owner knows whether it is tried again

        var report = Assert.Single(_dispatcher.TakeDecisions()!.Reports);
        Assert.Equal((lease.Fence, FailureKind.WorkerDied), (report.Fence, report.Failure));
    }

    [Fact]
    public void Shard_ThatEndedBeforeItsSweepGrew_KeepsWhatWasAdded()
    {
        var grown = Second with { Analyses = First.Analyses };
        Enqueue(Second, 0);
        var lease = Assert.Single(_dispatcher.Lease("a", 1, _now));
        _dispatcher.Enqueue(grown, [Task(grown, 0) with { Analyses = [First.Analyses[1]] }]);

        _owners.Succeed(_dispatcher, lease, 0, _now);

        Assert.Equal([First.Analyses[1]], Assert.Single(_dispatcher.Lease("a", 1, _now)).Analyses);
    }

    private static PendingTask Task(SweepSpec sweep, int step) =>
        new(new TaskId(sweep.Name, new CheckpointId("pythia-14m", step)), sweep.Analyses, 1);

    private void Enqueue(SweepSpec sweep, params int[] steps) => _dispatcher.Enqueue(sweep, steps.Select(step => Task(sweep, step)));
}
