using PythiaOrleans.Cluster.Contracts;
using PythiaOrleans.Cluster.Scheduling;
using PythiaOrleans.Core.Ids;
using PythiaOrleans.Core.Sweeps;

namespace PythiaOrleans.Cluster.Tests;

/// <summary>Which task a worker gets when it has told what lies on its disk.</summary>
public sealed class CacheAffinityTests
{
    private static readonly SweepSpec Sweep = World.Spec("cached", 200) with { Stride = null };

    private readonly Dispatcher _dispatcher = new(new DispatcherOptions());
    private TimeSpan _now;

    [Fact]
    public void Workers_OfDisjointDisks_EachLeaseTheirOwn()
    {
        Enqueue(Sweep, Steps(1, 100));
        Announce("left", Steps(1, 100).Where(step => step % 2 == 1));
        Announce("right", Steps(1, 100).Where(step => step % 2 == 0));

        // In turns, with different appetites: neither order nor number may matter while each has some of its own left.
        var left = new List<int>();
        var right = new List<int>();
        while (left.Count < 45)
        {
            left.AddRange(Lease("left", 3));
            right.AddRange(Lease("right", 2));
        }

        Assert.All(left, step => Assert.Equal(1, step % 2));
        Assert.All(right, step => Assert.Equal(0, step % 2));
        // A preference: nobody waits for the other.
        Assert.Equal(100, left.Count + right.Count + Lease("left", 1000).Length + Lease("right", 1000).Length);
    }

    [Fact]
    public void Worker_WithItsOwnUsedUp_TakesTheOthers()
    {
        Enqueue(Sweep, Steps(1, 6));
        Announce("left", [1]);
        Announce("right", Steps(2, 5));

        Assert.Equal([1, 2, 3, 4, 5, 6], Lease("left", 10));
    }

    [Fact]
    public void Task_ThatAnotherHolds_IsLeftToItWhileThereIsAnother()
    {
        Enqueue(Sweep, Steps(1, 4));
        Announce("right", [1, 2]);

        Assert.Equal([3], Lease("left", 1));
        Assert.Equal([1], Lease("right", 1));
        Assert.Equal([4, 2], Lease("left", 2));
    }

    [Fact]
    public void Task_WhoseReferenceIsHeld_IsPreferred()
    {
        var large = World.Spec("cached", 200, "pythia-70m", "pythia-14m") with { Stride = null };
        _dispatcher.Enqueue(large, [Task(large, 5, model: "pythia-70m", cost: 70), Task(large, 6, model: "pythia-14m", cost: 14)]);
        Announce("small", [0]); // step 0 of pythia-14m is its reference

        Assert.Equal("pythia-14m", Assert.Single(_dispatcher.Lease("small", 1, _now)).Task.Checkpoint.Model);
        Assert.Equal("pythia-70m", Assert.Single(_dispatcher.Lease("small", 1, _now)).Task.Checkpoint.Model);
    }

    [Fact]
    public void Task_WhoseStepBeforeIsHeld_IsPreferred()
    {
        var spaced = Sweep with { Stride = 10 };
        _dispatcher.Enqueue(spaced, [Task(spaced, 30), Task(spaced, 40), Task(spaced, 50)]);
        Announce("near", [30]);
        Announce("other", [40]);

        Assert.Equal([30, 50], Lease("near", 2)); // its own first; 40 would follow on it, but lies on another's disk
        Assert.Equal([40], Lease("other", 1));
    }

    [Fact]
    public void Largest_OfThoseThatAreHeld_ComesFirst()
    {
        _dispatcher.Enqueue(Sweep, [Task(Sweep, 1, cost: 1), Task(Sweep, 2, cost: 2), Task(Sweep, 3, cost: 3), Task(Sweep, 4, cost: 4)]);
        Announce("left", [1, 2, 3]);

        Assert.Equal([3, 2, 1, 4], Lease("left", 4));
    }

    [Fact]
    public void Priority_IsNeverViolated()
    {
        var urgent = World.Spec("urgent", 200) with { Priority = 1 };
        Enqueue(Sweep, Steps(1, 3));
        _dispatcher.Enqueue(urgent, [Task(urgent, 7), Task(urgent, 8)]);
        Announce("left", Steps(1, 3));
        Announce("right", [7, 8]);

        Assert.Equal([7, 8, 1], Lease("left", 3));
    }

    [Fact]
    public void Disk_OfADeadWorker_CountsNoMore()
    {
        Enqueue(Sweep, Steps(1, 3));
        Announce("dead", [1]);
        Announce("left", [100]);
        _dispatcher.WorkerDied("dead", _now);

        Assert.Equal([1], Lease("left", 1));
        Assert.False(_dispatcher.Announce("dead", new WorkerAnnouncement(2, false, 1, [Of(2)], []), _now)); // it must say everything anew
        Assert.Equal([2], Lease("left", 1));
    }

    [Fact]
    public void Disk_OfASilentWorker_CountsNoMore()
    {
        Enqueue(Sweep, Steps(1, 3));
        Announce("silent", [1]);
        _now += TimeSpan.FromMinutes(1);
        _dispatcher.Tick(_now);

        Assert.Equal([1], Lease("left", 1));
    }

    [Fact]
    public void Announcement_ThatDoesNotFollowOnTheLast_IsRefused()
    {
        Announce("left", [1, 2]);

        Assert.False(_dispatcher.Announce("left", new WorkerAnnouncement(3, false, 1, [Of(9)], []), _now));
        Assert.Equal(2, Assert.Single(_dispatcher.WorkerStatuses(_now)).Cached);
        Assert.True(_dispatcher.Announce("left", new WorkerAnnouncement(2, false, 4, [Of(3)], [Of(1), Of(2)]), _now));
        Assert.Equal((4, 1),
            (Assert.Single(_dispatcher.WorkerStatuses(_now)).Slots, Assert.Single(_dispatcher.WorkerStatuses(_now)).Cached));
        Assert.True(_dispatcher.Announce("left", new WorkerAnnouncement(7, true, 4, [Of(4), Of(5)], []), _now));
        Assert.Equal(2, Assert.Single(_dispatcher.WorkerStatuses(_now)).Cached);
    }

    [Fact]
    public void Checkpoint_OfAnotherSource_IsNotTheSame()
    {
        Enqueue(Sweep, Steps(1, 3));
        _dispatcher.Announce("left",
            new WorkerAnnouncement(1, true, 1, [new CachedCheckpoint("elsewhere", new CheckpointId("pythia-14m", 3))], []), _now);

        Assert.Equal([1], Lease("left", 1));
    }

    [Fact]
    public void Task_HeldWhileItsSweepIsPaused_IsPreferredAfterwards()
    {
        Enqueue(Sweep, Steps(1, 5));
        Announce("left", [4]);
        _dispatcher.SetPaused(Sweep.Name, true);
        Assert.Empty(Lease("left", 1));
        _dispatcher.SetPaused(Sweep.Name, false);

        Assert.Equal([4, 1], Lease("left", 2));
        Announce("right", [5]);
        Assert.Equal([5, 2, 3], Lease("right", 9));
    }

    private static IEnumerable<int> Steps(int first, int count) => Enumerable.Range(first, count);

    private static CachedCheckpoint Of(int step) => new(Sweep.Source, new CheckpointId("pythia-14m", step));

    private static PendingTask Task(SweepSpec sweep, int step, string model = "pythia-14m", long cost = 1) =>
        new(new TaskId(sweep.Name, new CheckpointId(model, step)), sweep.Analyses, cost);

    private void Enqueue(SweepSpec sweep, IEnumerable<int> steps) => _dispatcher.Enqueue(sweep, steps.Select(step => Task(sweep, step)));

    private int[] Lease(string worker, int most) => [.. _dispatcher.Lease(worker, most, _now).Select(lease => lease.Task.Checkpoint.Step)];

    private void Announce(string worker, IEnumerable<int> steps) =>
        Assert.True(_dispatcher.Announce(worker, new WorkerAnnouncement(1, true, 0, [.. steps.Select(Of)], []), _now));
}
