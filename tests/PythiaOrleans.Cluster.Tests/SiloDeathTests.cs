using PythiaOrleans.Results;

namespace PythiaOrleans.Cluster.Tests;

public sealed class SiloDeathTests
{
    /// <summary>The first silo holds dispatcher and coordinator or the second does: both must be survivable, so each is killed once.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public async Task Silo_KilledWhileItComputes_LosesNothing(int victim)
    {
        var token = TestContext.Current.CancellationToken;
        var world = new World();
        await using var cluster = await TestCluster.StartAsync(world, 2, token);
        var doomed = cluster.Silos.Silos[victim];
        var name = doomed.SiloAddress.ToParsableString();
        using var over = new ManualResetEventSlim();
        using var computing = new CountdownEvent(2);
        world.Sweeps["survivor"] = (silo, _, _) =>
        {
            if (silo == name)
            {
                computing.Signal();
                over.Wait(TimeSpan.FromSeconds(120), CancellationToken.None); // a dead machine does not answer to cancellation
                throw new ShardException(FailureKind.Transient, "computed by the dead");
            }
        };

        var spec = World.Spec("survivor", 60);
        await cluster.Sweep("survivor").StartAsync(spec);
        Assert.True(computing.Wait(TimeSpan.FromSeconds(30), token), "the doomed silo never got a task");
        await cluster.UntilAsync("survivor", progress => progress.Done >= 50, token);
        await cluster.Silos.KillSiloAsync(doomed, token);
        await cluster.StartAfterDeathAsync(spec, token);
        var ended = await cluster.UntilEndedAsync("survivor", token);
        var runs = world.Runs.ToArray();
        over.Set();

        Assert.Equal((SweepState.Completed, 60, 0), (ended.State, ended.Done, ended.Quarantined));
        Assert.Equal(2, runs.Count(run => run.Silo == name));
        Assert.Equal(62, runs.Length);
    }

    [Fact]
    public async Task Silo_StoppedWhileItComputes_HandsItsTasksBackUncharged()
    {
        var token = TestContext.Current.CancellationToken;
        var world = new World();
        await using var cluster = await TestCluster.StartAsync(world, 2, token);
        var leaving = cluster.Silos.Silos[1];
        var name = leaving.SiloAddress.ToParsableString();
        using var computing = new CountdownEvent(2);
        world.Sweeps["handed"] = (silo, _, cancel) =>
        {
            if (silo == name)
            {
                computing.Signal();
                cancel.WaitHandle.WaitOne(TimeSpan.FromSeconds(60));
                cancel.ThrowIfCancellationRequested();
            }
        };

        await cluster.Sweep("handed").StartAsync(World.Spec("handed", 60));
        Assert.True(computing.Wait(TimeSpan.FromSeconds(30), token), "the leaving silo never got a task");
        await cluster.Silos.StopSiloAsync(leaving, token);
        var spec = World.Spec("handed", 60);
        await cluster.Sweep("handed").StartAsync(spec); // without a durable reminder a coordinator that left with its silo waits for a client
        var ended = await cluster.UntilEndedAsync("handed", token);

        Assert.Equal((SweepState.Completed, 60, 0), (ended.State, ended.Done, ended.Quarantined));
        Assert.Equal(62, world.Runs.Count);
    }
}
