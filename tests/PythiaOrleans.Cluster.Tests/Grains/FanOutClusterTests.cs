using PythiaOrleans.Cluster.Contracts;
using PythiaOrleans.Cluster.Scheduling;
using PythiaOrleans.Core.Ids;
using PythiaOrleans.Core.Sweeps;

namespace PythiaOrleans.Cluster.Tests;

/// <summary>One checkpoint on two silos of one slot each.</summary>
public sealed class FanOutClusterTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Checkpoint_OfTwoLongAnalyses_IsComputedByTwoSilosAndDoneOnce()
    {
        var world = new World { Cost = Long };
        await using var cluster = await StartAsync(world);
        var spec = World.Spec("large", 1);
        using var together = new Barrier(2);
        world.Sweeps["large"] = (_, _, _) => Assert.True(together.SignalAndWait(Limit), "the other part never ran beside this one");

        var ended = await cluster.RunAsync(spec, Token);

        Assert.Equal((SweepState.Completed, 1, 1, 0), (ended.State, ended.Total, ended.Done, ended.Quarantined));
        // Where both end at the same moment, the first report finds everything stored and ends the shard.
        Assert.Contains(ended.BytesRead, (long[])[10, 20]);
        var runs = world.Runs.Where(run => run.Task.Sweep == "large").ToArray();
        Assert.Equal([1, 2], runs.Select(run => run.Task.Part).Order());
        Assert.Equal(2, runs.Select(run => run.Silo).Distinct().Count());
        Assert.All(spec.Analyses, analysis =>
            Assert.True(world.Store.ExistsAsync(new ResultKey(runs[0].Task.Checkpoint, analysis), Token).Result));
    }

    [Fact]
    public async Task Part_ThatFails_LeavesTheOthersResultAndIsAllThatResumeComputes()
    {
        var world = new World { Cost = Long };
        await using var cluster = await StartAsync(world);
        var spec = World.Spec("broken", 1);
        world.Sweeps["broken"] = (_, task, _) =>
        {
            if (task.Part == 2)
            {
                throw new ShardException(FailureKind.Permanent, "no such tensor");
            }
        };

        var broken = await cluster.RunAsync(spec, Token);
        var failure = Assert.Single(await world.Store.ReadFailuresAsync("broken", Token));
        await cluster.Sweep("broken").ResumeAsync();
        var resumed = await cluster.UntilEndedAsync("broken", Token);

        Assert.Equal((SweepState.CompletedWithFailures, 0, 1), (broken.State, broken.Done, broken.Quarantined));
        Assert.Equal("no such tensor", failure.Message);
        Assert.Equal([spec.Analyses[1]], failure.Analyses);
        Assert.Equal((SweepState.Completed, 1, 0), (resumed.State, resumed.Done, resumed.Quarantined));
        // One analysis is left: it is a whole.
        Assert.Equal([0, 1, 2], world.Runs.Where(run => run.Task.Sweep == "broken").Select(run => run.Task.Part).Order());
    }

    /// <summary>The first silo holds dispatcher and coordinator or the second does, so each is killed once.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public async Task Part_WhoseSiloDies_IsComputedByTheOther(int victim)
    {
        var world = new World { Cost = Long };
        await using var cluster = await StartAsync(world);
        var name = cluster.Silos.Silos[victim].SiloAddress.ToParsableString();
        using var computing = new CountdownEvent(2);
        using var over = new ManualResetEventSlim();
        world.Sweeps["orphan"] = (silo, _, _) =>
        {
            if (computing.CurrentCount > 0)
            {
                computing.Signal();
            }

            if (silo == name)
            {
                over.Wait(TimeSpan.FromSeconds(120), CancellationToken.None); // a dead machine does not answer to cancellation
                throw new ShardException(FailureKind.Transient, "computed by the dead");
            }
        };

        var spec = World.Spec("orphan", 1);
        await cluster.Sweep("orphan").StartAsync(spec);
        Assert.True(computing.Wait(Limit, Token), "the two parts never ran beside each other");
        await cluster.Silos.KillSiloAsync(cluster.Silos.Silos[victim], Token);
        await cluster.StartAfterDeathAsync(spec, Token);
        var ended = await cluster.UntilEndedAsync("orphan", Token);
        over.Set();

        Assert.Equal((SweepState.Completed, 1, 0), (ended.State, ended.Done, ended.Quarantined));
    }

    private static ShardCost Long { get; } = new(TimeSpan.FromSeconds(1),
        new Dictionary<string, double> { ["moments"] = 100, ["distance"] = 100 });

    // Both silos have announced their slot and wait for tasks: each has computed some.
    private static async Task<TestCluster> StartAsync(World world)
    {
        var cluster = await TestCluster.StartAsync(world, 2, Token, slots: 1);
        await cluster.UntilWorkersAsync(workers => workers.Count == 2 && workers.All(worker => worker.Slots == 1), Token);
        using var both = new Barrier(2);
        var first = new HashSet<string>();
        world.Sweeps["warm-up"] = (silo, _, _) =>
        {
            bool isFirst;
            lock (first)
            {
                isFirst = first.Add(silo);
            }

            Assert.True(!isFirst || both.SignalAndWait(Limit), "a silo computed nothing");
        };
        await cluster.RunAsync(World.Spec("warm-up", 12), Token);
        return cluster;
    }
}
