using PythiaOrleans.Cluster.Contracts;
using PythiaOrleans.Cluster.Scheduling;
using PythiaOrleans.Core.Ids;
using PythiaOrleans.Core.Sweeps;

namespace PythiaOrleans.Cluster.Tests;

/// <summary>Shards that take a large part of each device's share of what is left, and workers that would hold more than theirs.</summary>
public sealed class LongShardTests
{
    private static readonly AnalysisId[] Analyses = [.. new[] { "moments", "distance", "spectrum", "gradients" }.Select(name =>
        new AnalysisId(name, "0123456789abcdef"))];
    private static readonly SweepSpec Sweep = World.Spec("long", 99) with { Analyses = Analyses };

    private readonly CheckpointMachines _owners = new(new DispatcherOptions(), () => Cost("large"));
    private readonly Dispatcher _dispatcher = new(new DispatcherOptions(), costs: (_, model) => Cost(model));

    [Fact]
    public void Shard_ThatTheOthersWouldWaitFor_IsDividedWhileNoSlotIsIdle()
    {
        Join("a", "b");
        Enqueue("large", 1);
        Enqueue("small", 8);

        // 402 s of 730 on two devices: parts of at most a third of 365 s.
        Assert.Empty(_dispatcher.Lease("a", 1, default));
        Answer();

        TaskLease[] leases = [.. _dispatcher.Lease("a", 1, default), .. _dispatcher.Lease("b", 1, default)];
        Assert.All(leases, lease => Assert.Equal("large", lease.Task.Checkpoint.Model));
        Assert.All(leases, lease => Assert.Single(lease.Analyses));
    }

    [Fact]
    public void Shards_OfOneSize_StayWhole()
    {
        Join("a", "b");
        Enqueue("large", 2);

        Assert.Equal(4, Assert.Single(_dispatcher.Lease("a", 1, default)).Analyses.Count);
        Assert.Equal(4, Assert.Single(_dispatcher.Lease("b", 1, default)).Analyses.Count);
    }

    [Fact]
    public void Shard_OfASweepThatIsLongCompared_StaysWhole()
    {
        Join("a", "b");
        Enqueue("large", 1);
        Enqueue("small", 90);

        Assert.Equal(4, Assert.Single(_dispatcher.Lease("a", 1, default)).Analyses.Count);
    }

    [Fact]
    public void Worker_KeepsItsSlotForThePartsThatItAskedFor()
    {
        Join("a", "b");
        Enqueue("large", 1);
        Enqueue("small", 1);

        Assert.Empty(_dispatcher.Lease("a", 1, default));
        Assert.Empty(_dispatcher.Lease("a", 1, default)); // however often it asks
        Assert.Equal("small", Assert.Single(_dispatcher.Lease("b", 1, default)).Task.Checkpoint.Model);
        Answer();

        Assert.Equal("large", Assert.Single(_dispatcher.Lease("a", 1, default)).Task.Checkpoint.Model);
    }

    [Fact]
    public void Worker_WhoseQuestionIsNotAnswered_GetsTheShardWhole()
    {
        Join("a", "b");
        Enqueue("large", 1);
        Enqueue("small", 8);
        Assert.Empty(_dispatcher.Lease("a", 1, default));

        var later = TimeSpan.FromSeconds(31);
        _dispatcher.Heartbeat("a", [], [], later);
        _dispatcher.Heartbeat("b", [], [], later); // with two workers the shard would be divided
        _dispatcher.Tick(later);

        var lease = Assert.Single(_dispatcher.Lease("a", 1, later));
        Assert.Equal(("large", 4), (lease.Task.Checkpoint.Model, lease.Analyses.Count));
    }

    /// <summary>Each worker that has a part of a checkpoint fetches it.</summary>
    [Fact]
    public void Parts_OfOneCheckpoint_GoToTheWorkerThatHasOneOfThem()
    {
        Join("a", "b");
        Enqueue("large", 1);
        Enqueue("small", 4);
        Assert.Empty(_dispatcher.Lease("a", 1, default));
        Answer();
        var part = Assert.Single(_dispatcher.Lease("a", 1, default));
        Enqueue("large", 3); // wholes, larger than the parts

        _owners.Succeed(_dispatcher, part, 0, default);
        var next = Assert.Single(_dispatcher.Lease("a", 1, default));

        Assert.Equal(part.Task with { Part = next.Task.Part }, next.Task);
        Assert.NotEqual(0, next.Task.Part);
    }

    [Fact]
    public void Worker_FetchesAheadNoMoreThanAPartOfItsShare()
    {
        Join("a", "b");
        Enqueue("small", 4);

        Assert.Single(_dispatcher.Lease("a", 3, default)); // a second one would be half of its share

        Enqueue("small", 40);
        Assert.Equal(2, _dispatcher.Lease("a", 2, default).Count);
    }

    /// <summary>It waits with its question: it used to be answered after five seconds, however short its tasks were.</summary>
    [Fact]
    public void Worker_ThatMayFetchNoMoreAhead_IsToldWhenOneOfItsTasksHasEnded()
    {
        Join("a", "b");
        Enqueue("small", 4);
        var first = Assert.Single(_dispatcher.Lease("a", 3, default));
        Assert.Single(_dispatcher.Lease("b", 3, default));
        Assert.Empty(_dispatcher.Lease("a", 2, default));
        Assert.Null(_dispatcher.TakeDecisions());

        _owners.Succeed(_dispatcher, first, 0, default);

        Assert.Equal("a", Assert.Single(_owners.Freed));
        Assert.Single(_dispatcher.Lease("a", 2, default));
    }

    [Fact]
    public void Task_ThatWasMoreThanAWorkersShare_StaysForTheOthers()
    {
        Join("a", "b");
        Enqueue("small", 4);
        Assert.Single(_dispatcher.Lease("a", 3, default));

        _dispatcher.WorkerDied("a", default);

        Assert.Equal(4, _dispatcher.Lease("b", 9, default).Count);
    }

    /// <summary>Two of three devices have two thirds of the work; three tasks are no more than a third of that if there are 20.</summary>
    [Theory]
    [InlineData(20, 3)]
    [InlineData(13, 2)]
    public void Share_OfAWorker_GrowsWithItsDevices(int tasks, int leased)
    {
        Join("b");
        Assert.True(_dispatcher.Announce("a", new WorkerAnnouncement(1, true, 2, [], [], Devices: 2), default));
        Enqueue("small", tasks);

        Assert.Equal(leased, _dispatcher.Lease("a", 3, default).Count);
    }

    /// <summary>Work that has ended, was cancelled or was taken away is no worker's any more.</summary>
    [Fact]
    public void Share_IsOfTheWorkThatIsLeft()
    {
        Join("a", "b");
        var other = Sweep with { Name = "other" };
        _dispatcher.Enqueue(other, Enumerable.Range(100, 40).Select(step => Small(other, step)));
        _dispatcher.Cancel("other");
        Enqueue("small", 4);
        Assert.Single(_dispatcher.Lease("a", 3, default)); // of 44 tasks it would have had two

        Enqueue("small", 60);
        for (var round = 0; round < 9; round++)
        {
            var leases = _dispatcher.Lease("a", round == 0 ? 1 : 2, default);
            Assert.Equal(round == 0 ? 1 : 2, leases.Count);
            Assert.All(leases, lease => _owners.Succeed(_dispatcher, lease, 0, default));
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Worker_ThatIsLeftAlone_OrJoinsTwice_FetchesAheadToTheEnd(bool joinsTwice)
    {
        Join("a", joinsTwice ? "a" : "b");
        if (!joinsTwice)
        {
            _dispatcher.WorkerDied("b", default);
        }

        Enqueue("small", 3);

        Assert.Equal(3, _dispatcher.Lease("a", 3, default).Count);
    }

    /// <summary>Some of its results exist by the time its owner answers.</summary>
    [Fact]
    public void Parts_WhoseResultsExistMeanwhile_AreLeftOut()
    {
        var question = Ask();
        _dispatcher.Settle(new ShardVerdict(question.Task, 999, [Analyses[0]], Analyses[1..], 4, null), default);

        _dispatcher.Divide(question,
            [new ShardPart([Analyses[0]], 0.3), new ShardPart([Analyses[1]], 0.3), new ShardPart(Analyses[2..], 0.4)]);

        Assert.Equal(2, _dispatcher.Open);
        TaskLease[] leases = [.. _dispatcher.Lease("a", 1, default), .. _dispatcher.Lease("b", 1, default)];
        Assert.Equal([1, 2], leases.Select(lease => lease.Task.Part).Order());
    }

    [Fact]
    public void Shard_ThatItsOwnerLeavesWhole_IsLeasedWholeAndOnce()
    {
        var question = Ask();

        _dispatcher.Divide(question, [new ShardPart(Analyses, 1)]);

        var lease = Assert.Single(_dispatcher.Lease("a", 1, default));
        Assert.Equal((0, 4), (lease.Task.Part, lease.Analyses.Count));
        var later = TimeSpan.FromSeconds(31);
        _dispatcher.Heartbeat("a", [lease.Fence], [], later);
        _dispatcher.Heartbeat("b", [], [], later);
        _dispatcher.Tick(later); // an answer is awaited no more
        Assert.Empty(_dispatcher.Lease("b", 1, later));
    }

    [Fact]
    public void Worker_ThatIsAlone_FetchesAheadToTheEnd()
    {
        Join("a");
        Enqueue("small", 3);

        Assert.Equal(3, _dispatcher.Lease("a", 3, default).Count);
    }

    private static ShardCost Cost(string model) => new(
        TimeSpan.FromSeconds(model == "large" ? 2 : 1),
        Analyses.ToDictionary(analysis => analysis.Name, _ => model == "large" ? 100.0 : 10));

    private static PendingTask Small(SweepSpec sweep, int step) =>
        new(new TaskId(sweep.Name, new CheckpointId("small", step)), Analyses, 1);

    // One large shard, of which two workers are to have parts.
    private FanOutQuestion Ask()
    {
        Join("a", "b");
        Assert.Empty(_dispatcher.Lease("a", 1, default));
        Enqueue("large", 1);
        Assert.Empty(_dispatcher.Lease("b", 1, default));
        return Assert.Single(_dispatcher.TakeDecisions()!.Questions);
    }

    private void Join(params string[] workers) => Assert.All(workers, worker =>
        Assert.True(_dispatcher.Announce(worker, new WorkerAnnouncement(1, true, 1, [], []), default)));

    private void Enqueue(string model, int count) =>
        _dispatcher.Enqueue(Sweep, Enumerable.Range(0, count).Select(step =>
            new PendingTask(new TaskId(Sweep.Name, new CheckpointId(model, step)), Analyses, model == "large" ? 10 : 1)));

    private void Answer() => _owners.Answer(_dispatcher, default);
}
