using PythiaOrleans.Cluster.Contracts;
using PythiaOrleans.Cluster.Scheduling;
using PythiaOrleans.Core.Ids;
using PythiaOrleans.Core.Sweeps;

namespace PythiaOrleans.Cluster.Tests;

/// <summary>What people and coordinators see of the queue and its leases.</summary>
public sealed class DispatcherViewTests
{
    private static readonly SweepSpec Sweep = World.Spec("seen", 9);
    private static readonly SweepSpec Urgent = World.Spec("urgent", 9) with { Priority = 1 };

    private readonly Dispatcher _dispatcher = new(new DispatcherOptions());
    private TimeSpan _now;

    [Fact]
    public void Task_HasThoseAheadThatAreMoreUrgentOrLarger()
    {
        Enqueue(Sweep, (1, 10), (2, 20), (3, 30), (4, 20));
        Enqueue(Urgent, (5, 1));

        Assert.Equal([4, 2, 1, 2], Enumerable.Range(1, 4).Select(step => Find(Sweep, step).Ahead));
        Assert.Equal(0, Find(Urgent, 5).Ahead);

        _dispatcher.Lease("a", 2, _now); // 5 and 3
        Assert.Equal([2, 0, 0, 0], Enumerable.Range(1, 4).Select(step => Find(Sweep, step).Ahead));
        Assert.Equal(("a", null), (Find(Sweep, 3).Worker, Find(Sweep, 2).Worker));
        Assert.Null(_dispatcher.Find(Shard(Sweep, 7)));
    }

    /// <summary>A worker may get a small task first, because it lies on its disk.</summary>
    [Fact]
    public void Task_ThatIsLeased_HasNoneAhead()
    {
        Enqueue(Sweep, (1, 10), (2, 20));
        var cached = new CachedCheckpoint(Sweep.Source, Shard(Sweep, 1).Checkpoint);
        _dispatcher.Announce("a", new WorkerAnnouncement(1, true, 1, [cached], []), _now);

        Assert.Equal(1, Assert.Single(_dispatcher.Lease("a", 1, _now)).Task.Checkpoint.Step);

        Assert.Equal(("a", 0), (Find(Sweep, 1).Worker, Find(Sweep, 1).Ahead));
    }

    [Fact]
    public void Worker_IsSeenWithWhatItRunsAndWhatItFetches()
    {
        Enqueue(Sweep, (1, 3), (2, 2), (3, 1));
        var cached = new CachedCheckpoint("elsewhere", Shard(Sweep, 1).Checkpoint);
        _now = TimeSpan.FromSeconds(100);
        _dispatcher.Announce("b", new WorkerAnnouncement(1, true, 4, [cached], []), _now);
        var leases = _dispatcher.Lease("a", 3, _now);
        _dispatcher.Heartbeat("a", leases.Select(lease => lease.Fence), [leases[2].Fence, leases[1].Fence], _now);

        _now += TimeSpan.FromSeconds(7);
        var statuses = _dispatcher.WorkerStatuses(_now);

        Assert.Equal(["a", "b"], statuses.Select(status => status.Worker));
        Assert.Equal([leases[1].Task, leases[2].Task], statuses[0].Running);
        Assert.Equal((TimeSpan.FromSeconds(7), 1, 0, 0),
            (statuses[0].SilentFor, statuses[0].Waiting, statuses[0].Slots, statuses[0].Cached));
        Assert.Equal((0, 0, 4, 1), (statuses[1].Running.Count, statuses[1].Waiting, statuses[1].Slots, statuses[1].Cached));
    }

    [Fact]
    public void Sweep_IsSeenWithItsOpenAndLeasedTasks()
    {
        Enqueue(Sweep, (1, 1), (2, 1), (3, 1));
        Enqueue(Urgent, (1, 1));
        var lease = _dispatcher.Lease("a", 2, _now)[1];

        Assert.Equal((3, 1, 1, 1), (_dispatcher.OpenOf("seen"), _dispatcher.LeasedOf("seen"), _dispatcher.OpenOf("urgent"),
            _dispatcher.LeasedOf("urgent")));
        Assert.Equal((2, 0, 0, 0), (_dispatcher.LeasedBy("a"), _dispatcher.LeasedBy("b"), _dispatcher.OpenOf("unknown"),
            _dispatcher.LeasedOf("unknown")));
        Assert.True(_dispatcher.IsLeased("a", lease.Fence));
        Assert.False(_dispatcher.IsLeased("b", lease.Fence));
        Assert.False(_dispatcher.IsLeased("a", lease.Fence + 1));
        Assert.Equal((Sweep.Analyses, 3), (_dispatcher.TermsOf("seen")!.Wanted, _dispatcher.TermsOf("seen")!.MaxAttempts));
        Assert.Null(_dispatcher.TermsOf("unknown"));
    }

    [Fact]
    public void PausedSweep_IsSeenWithTheTasksThatItHoldsBack()
    {
        Enqueue(Sweep, (1, 1), (2, 1), (3, 1));
        Enqueue(Urgent, (4, 1));
        _dispatcher.Lease("a", 2, _now);

        _dispatcher.SetPaused("seen", true);
        _dispatcher.SetPaused("not yet known", true);

        Assert.Equal((2, true, false, false),
            (_dispatcher.Paused, _dispatcher.IsPaused("seen"), _dispatcher.IsPaused("urgent"), _dispatcher.IsPaused("unknown")));
        Assert.Null(_dispatcher.TermsOf("not yet known"));
        Enqueue(Urgent, (5, 1));
        _dispatcher.SetPaused("urgent", true);
        Assert.Equal(3, _dispatcher.Paused);
        Assert.Empty(_dispatcher.Lease("a", 9, _now));
    }

    private static TaskId Shard(SweepSpec sweep, int step) => new(sweep.Name, new CheckpointId("pythia-14m", step));

    private TaskLocation Find(SweepSpec sweep, int step) => _dispatcher.Find(Shard(sweep, step))!;

    private void Enqueue(SweepSpec sweep, params (int Step, long Cost)[] tasks) =>
        _dispatcher.Enqueue(sweep, tasks.Select(task => new PendingTask(Shard(sweep, task.Step), sweep.Analyses, task.Cost)));
}
