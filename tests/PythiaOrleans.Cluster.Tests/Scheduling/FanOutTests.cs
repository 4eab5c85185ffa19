using PythiaOrleans.Cluster.Contracts;
using PythiaOrleans.Cluster.Scheduling;
using PythiaOrleans.Core.Ids;
using PythiaOrleans.Core.Sweeps;

namespace PythiaOrleans.Cluster.Tests;

/// <summary>When a shard's analyses are divided among slots, and what becomes of the parts.</summary>
public sealed partial class FanOutTests
{
    private static readonly AnalysisId[] Analyses = [.. new[] { "moments", "distance", "spectrum", "gradients" }.Select(name =>
        new AnalysisId(name, "0123456789abcdef"))];
    private static readonly SweepSpec Sweep = World.Spec("divided", 9) with { Analyses = Analyses };
    private static readonly TaskId Shard = new(Sweep.Name, new CheckpointId("pythia-14m", 1));

    private readonly CheckpointMachines _owners;
    private ShardCost _cost = Cost(40, 50, 60, 100);
    private Dispatcher _dispatcher;
    private TimeSpan _now;

    public FanOutTests()
    {
        _owners = new CheckpointMachines(new DispatcherOptions(), () => _cost);
        _dispatcher = New();
    }

    [Fact]
    public void Shard_BesideIdleSlots_IsDividedAmongThem()
    {
        Wait("a", "b");
        Enqueue(Shard);

        var first = Assert.Single(Lease("a", 3));
        var second = Assert.Single(Lease("b", 3));

        // Longest first, each to the shorter part: 100 + 40 and 60 + 50.
        Assert.Equal((Shard with { Part = 1 }, Shard with { Part = 2 }), (first.Task, second.Task));
        Assert.Equal(["moments", "gradients"], first.Analyses.Select(analysis => analysis.Name));
        Assert.Equal(["distance", "spectrum"], second.Analyses.Select(analysis => analysis.Name));
        Assert.Equal(2, _dispatcher.LeasedOf(Sweep.Name));
    }

    [Fact]
    public void Shard_WithoutIdleSlots_StaysWhole()
    {
        Wait("a", "b");
        Enqueue(Shard, Step(2));

        Assert.Equal(0, Assert.Single(Lease("a", 1)).Task.Part);
        Assert.Equal(0, Assert.Single(Lease("b", 1)).Task.Part);
    }

    /// <summary>Slots of one processor share its cores; GPUs of one silo do not share theirs.</summary>
    [Theory]
    [InlineData(1, 0)]
    [InlineData(4, 1)]
    public void Shard_IsDividedAmongDevices_NotAmongSlotsOfOne(int devices, int part)
    {
        Assert.True(_dispatcher.Announce("a", new WorkerAnnouncement(1, true, 4, [], [], devices), _now));
        Assert.Empty(Lease("a", 3));
        Enqueue(Shard);

        Assert.Equal(part, Lease("a", 3)[0].Task.Part);
    }

    [Fact]
    public void Slots_MoreThanShards_AreSharedEvenly()
    {
        Wait("a", "b", "c", "d");
        Enqueue(Shard, Step(2));

        TaskLease[] leases = [.. new[] { "a", "b", "c", "d" }.SelectMany(worker => Lease(worker, 3))];

        Assert.Equal([1, 2, 1, 2], leases.OrderBy(lease => lease.Task.Checkpoint.Step).ThenBy(lease => lease.Task.Part)
            .Select(lease => lease.Task.Part));
        Assert.Equal(8, leases.Sum(lease => lease.Analyses.Count));
    }

    [Theory]
    [InlineData(29, 1, 1)] // 250 s in all, but the smallest of two parts would have 29
    [InlineData(30, 1, 2)]
    [InlineData(30, 8, 1)] // a reload of 8 s must be four times outweighed
    [InlineData(32, 8, 2)]
    public void Shard_WhosePartsWouldNotPay_StaysWhole(double smaller, double reload, int parts)
    {
        _cost = new ShardCost(TimeSpan.FromSeconds(reload),
            new Dictionary<string, double> { ["gradients"] = 250 - smaller, ["moments"] = smaller });
        Wait("a", "b");
        Enqueue(Shard);

        Assert.Equal(parts, Lease("a", 1).Concat(Lease("b", 1)).Count());
    }

    [Fact]
    public void Shard_OfUnknownCost_StaysWhole()
    {
        _dispatcher = new Dispatcher(new DispatcherOptions(), costs: (_, _) => null);
        Wait("a", "b");
        Enqueue(Shard);

        Assert.Equal(0, Assert.Single(Lease("a", 1)).Task.Part);
    }

    [Fact]
    public void Shard_WhereDividingIsOff_StaysWhole()
    {
        _dispatcher = New(new DispatcherOptions { MostParts = 1 });
        Wait("a", "b");
        Enqueue(Shard);

        Assert.Equal(0, Assert.Single(Lease("a", 1)).Task.Part);
    }

    [Theory]
    [InlineData(10, 1)]
    [InlineData(10.1, 0)]
    public void Worker_ThatHasNotAskedForLong_IsNotCountedAsIdle(double seconds, int part)
    {
        Wait("a", "b");
        _now += TimeSpan.FromSeconds(seconds);
        Enqueue(Shard);

        Assert.Equal(part, Assert.Single(Lease("a", 1)).Task.Part);
    }

    [Fact]
    public void Shard_OfTwoAnalyses_IsDividedToo_ButNotOnceItHasFailed()
    {
        Wait("a", "b");
        var task = new PendingTask(Shard, Analyses[2..], 100);
        _dispatcher.Enqueue(Sweep, [task with { Attempts = 1 }]);
        Assert.Equal(0, Assert.Single(Lease("a", 1)).Task.Part);
        _dispatcher.Cancel(Sweep.Name);

        _dispatcher.Enqueue(Sweep, [task]);
        Assert.Equal(1, Assert.Single(Lease("a", 1)).Task.Part);
    }

    [Fact]
    public void Cost_OfSeveralAnalyses_IsTheirSum() =>
        Assert.Equal((250, 100, 0), (_cost.SecondsOf(Analyses), _cost.SecondsOf(Analyses[3]), _cost.SecondsOf([])));

    [Fact]
    public void Shard_EndsOnceWithItsLastPart()
    {
        var (first, second) = Divide();

        Assert.Empty(Succeed("a", first, bytes: 7));
        Assert.Empty(_dispatcher.Lease("a", 3, _now)); // what the store lacks now is on its way, not missing
        var ended = Assert.Single(Succeed("b", second, bytes: 5));

        Assert.Equal((Shard, OutcomeKind.Committed, 12), (ended.Task, ended.End, ended.BytesRead));
        Assert.Equal(0, _dispatcher.Open);
        Assert.Null(_dispatcher.Find(Shard));
    }

    [Fact]
    public void Shard_AskedForAgainWhileItsPartsRun_StaysAsItIs()
    {
        var (first, second) = Divide();
        Succeed("a", first);
        // A coordinator that plans again finds half of the results.
        _dispatcher.Enqueue(Sweep, [new PendingTask(Shard, second.Analyses, 100)]);

        Assert.Empty(Lease("a", 3));
        Assert.Single(Succeed("b", second));
    }

    [Fact]
    public void Part_ThatFails_QuarantinesTheShardWithItsOwnErrorWhenTheOthersHaveEnded()
    {
        var (first, second) = Divide();

        Assert.Empty(Fail("a", first, FailureKind.Permanent, "no such tensor", [Analyses[0]]));
        var ended = Assert.Single(Succeed("b", second));

        Assert.Equal((Shard, OutcomeKind.Quarantined), (ended.Task, ended.End));
        Assert.Equal((FailureKind.Permanent, "no such tensor"), (ended.Failure!.Kind, ended.Failure.Message));
        Assert.Equal([Analyses[0]], ended.Failure.Analyses);
    }

    [Fact]
    public void Deaths_AreCountedAgainstThePartThatRan()
    {
        var (first, second) = Divide();
        for (var deaths = 1; deaths <= 3; deaths++)
        {
            _dispatcher.Heartbeat("a", [first.Fence], [first.Fence], _now);
            _dispatcher.WorkerDied("a", _now);
            Assert.Empty(Answer());
            Assert.Equal(deaths == 3, _dispatcher.Find(Shard)!.Of(first.Analyses[0]) is null); // given up
            first = deaths == 3 ? first : Assert.Single(Lease("a", 1));
            Assert.True(deaths == 3 || first.IsSuspect);
        }

        Assert.Equal(0, _dispatcher.Find(Shard)!.Of(second.Analyses[0])!.Deaths);
        var ended = Assert.Single(Succeed("b", second));
        Assert.Equal((FailureKind.WorkerDied, 3), (ended.Failure!.Kind, ended.Failure.Attempts));
        Assert.Equal(first.Analyses.ToHashSet(), ended.Failure.Analyses.ToHashSet());
    }

    /// <summary>A worker that computes nothing when it dies has nothing to do with its tasks.</summary>
    [Fact]
    public void Death_OfAWorkerThatHadNotBegun_CountsAgainstNoTask()
    {
        var (first, _) = Divide();
        _dispatcher.WorkerDied("a", _now);

        Assert.Empty(Answer());
        var again = Assert.Single(Lease("a", 1));

        Assert.Equal((first.Task, true, 0), (again.Task, again.IsSuspect, _dispatcher.Find(Shard)!.Of(first.Analyses[0])!.Deaths));
    }

    [Fact]
    public void Deaths_OfAPart_StayWithTheShardWhenTheNextDispatcherHasItWhole()
    {
        var (first, _) = Divide();
        _dispatcher.Heartbeat("a", [first.Fence], [first.Fence], _now);
        _dispatcher.WorkerDied("a", _now);
        Answer();

        _dispatcher = New();
        Wait("c", "d");
        var history = _owners.Histories[Shard];
        _dispatcher.Enqueue(Sweep, [new PendingTask(Shard, Analyses, 100, Deaths: history.Analyses.Max(analysis => analysis.Deaths))]);
        var whole = Assert.Single(Lease("c", 3));

        Assert.Equal((Shard, true), (whole.Task, whole.IsSuspect)); // and it is not divided again: it would be divided from its deaths
    }

    [Fact]
    public void Cancel_EndsADividedShard()
    {
        var (first, second) = Divide();

        _dispatcher.Cancel(Sweep.Name);

        Assert.Equal((0, 0), (_dispatcher.Open, _dispatcher.Leased));
        Assert.Equal([first.Fence], _dispatcher.Heartbeat("a", [first.Fence], [first.Fence], _now));
        Assert.Equal([second.Fence], _dispatcher.Heartbeat("b", [second.Fence], [second.Fence], _now));
        Succeed("b", second);
        Assert.Equal(0, _dispatcher.Open);
    }

    [Fact]
    public void Whole_LeasedBeforeItWasDivided_EndsAllPartsWhenItComesThrough()
    {
        _dispatcher.Announce("slow", new WorkerAnnouncement(1, true, 1, [], []), _now);
        Enqueue(Shard);
        var whole = Assert.Single(Lease("slow", 1));
        _now += TimeSpan.FromSeconds(31);
        Wait("a", "b");
        _dispatcher.Heartbeat("slow", [], [], _now); // it does not know of the lease, so that the task is ready again
        var first = Assert.Single(Lease("a", 1));
        Assert.Equal(1, first.Task.Part);

        var ended = Assert.Single(Succeed("slow", whole));

        Assert.Equal((Shard, OutcomeKind.Committed), (ended.Task, ended.End));
        Assert.Equal([first.Fence], _dispatcher.Heartbeat("a", [first.Fence], [], _now));
        Assert.Equal(0, _dispatcher.Open);
    }

    [Fact]
    public void Find_TellsOfEachPart()
    {
        var (first, second) = Divide();
        _dispatcher.Heartbeat("a", [first.Fence], [first.Fence], _now);

        var where = _dispatcher.Find(Shard)!;

        Assert.Equal(("a", true), (where.Of(first.Analyses[0])!.Worker, where.Of(first.Analyses[0])!.IsRunning));
        Assert.Equal(("b", false), (where.Of(second.Analyses[0])!.Worker, where.Of(second.Analyses[0])!.IsRunning));
        Succeed("a", first);
        Assert.Null(_dispatcher.Find(Shard)!.Of(first.Analyses[0]));
    }

    private static ShardCost Cost(params double[] seconds) =>
        new(TimeSpan.FromSeconds(1), Analyses.Zip(seconds).ToDictionary(pair => pair.First.Name, pair => pair.Second));

    private static TaskId Step(int step) => Shard with { Checkpoint = Shard.Checkpoint with { Step = step } };

    private Dispatcher New(DispatcherOptions? options = null) =>
        new(options ?? new DispatcherOptions(), _dispatcher is null ? 0 : 1000, (_, _) => _cost);

    // Each with one slot, and asking in vain.
    private void Wait(params string[] workers)
    {
        foreach (var worker in workers)
        {
            Assert.True(_dispatcher.Announce(worker, new WorkerAnnouncement(1, true, 1, [], []), _now));
            Assert.Empty(Lease(worker, 3));
        }
    }

    private void Enqueue(params TaskId[] shards) =>
        _dispatcher.Enqueue(Sweep, shards.Select(shard => new PendingTask(shard, Analyses, 100)));

    // As the grain does it: the owner is asked, and who waits asks again.
    private IReadOnlyList<TaskLease> Lease(string worker, int most)
    {
        IReadOnlyList<TaskLease> leases = [];
        for (var asked = 0; leases.Count == 0 && asked < 4; asked++)
        {
            leases = _dispatcher.Lease(worker, most, _now);
            Answer();
        }

        return leases;
    }

    private IReadOnlyList<TaskOutcome> Answer() => _owners.Answer(_dispatcher, _now);

    private (TaskLease First, TaskLease Second) Divide()
    {
        Wait("a", "b");
        Enqueue(Shard);
        return (Assert.Single(Lease("a", 3)), Assert.Single(Lease("b", 3)));
    }

    private IReadOnlyList<TaskOutcome> Succeed(string worker, TaskLease lease, long bytes = 0) =>
        _owners.Succeed(_dispatcher, lease, bytes, _now);

    private IReadOnlyList<TaskOutcome> Fail(string worker, TaskLease lease, FailureKind kind, string message,
        IReadOnlyList<AnalysisId> missing) =>
        _owners.Fail(_dispatcher, worker, lease, kind, message, missing, _now);
}
