namespace PythiaOrleans.Cluster.Tests;

/// <summary>What workers tell the dispatcher of their disks, over the wire.</summary>
public sealed class AnnouncementTests
{
    [Fact]
    public async Task Silos_OfDisjointCaches_ComputeWhatTheyHold()
    {
        var token = TestContext.Current.CancellationToken;
        var world = new World();
        await using var cluster = await TestCluster.StartAsync(world, 2, token);
        var odd = cluster.Silos.Silos[1].SiloAddress.ToParsableString();
        world.StepsOnDisk = silo => Enumerable.Range(0, 12).Where(step => step % 2 == (silo == odd ? 1 : 0));
        await cluster.UntilWorkersAsync(workers => workers.Count == 2 && workers.All(worker => worker.Cached == 6), token);
        using var gate = new ManualResetEventSlim();
        world.Sweeps["cached"] = (_, _, cancel) => gate.Wait(cancel);

        await cluster.Sweep("cached").StartAsync(World.Spec("cached", 12));
        await cluster.UntilAsync("cached", progress => progress.Running == 12, token); // six in each silo's hands
        gate.Set();
        await cluster.UntilEndedAsync("cached", token);

        Assert.Equal(12, world.Runs.Count);
        Assert.All(world.Runs, run => Assert.Equal(run.Silo == odd ? 1 : 0, run.Task.Checkpoint.Step % 2));
    }

    [Fact]
    public async Task Cache_ThatChanges_IsAnnouncedAnew()
    {
        var token = TestContext.Current.CancellationToken;
        var world = new World { StepsOnDisk = _ => [1, 2, 3] };
        await using var cluster = await TestCluster.StartAsync(world, 1, token);

        await cluster.UntilWorkersAsync(workers => workers is [{ Cached: 3, Slots: 2 }], token);
        world.StepsOnDisk = _ => [3, 4];
        await cluster.UntilWorkersAsync(workers => workers is [{ Cached: 2 }], token);
    }

    /// <summary>The first silo holds the dispatcher or the second does, so each is killed once.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public async Task Dispatcher_AfterADeath_LearnsAnewWhatTheOthersHold(int victim)
    {
        var token = TestContext.Current.CancellationToken;
        var world = new World { StepsOnDisk = _ => [1, 2, 3] };
        await using var cluster = await TestCluster.StartAsync(world, 2, token);
        await cluster.UntilWorkersAsync(workers => workers.Count == 2 && workers.All(worker => worker.Cached == 3), token);

        var survivor = cluster.Silos.Silos[1 - victim].SiloAddress.ToParsableString();
        await cluster.Silos.KillSiloAsync(cluster.Silos.Silos[victim], token);

        await cluster.UntilWorkersAsync(workers => workers is [{ Cached: 3 }] && workers[0].Worker == survivor, token);
    }
}
