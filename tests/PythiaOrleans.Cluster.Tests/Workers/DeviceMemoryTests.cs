using PythiaOrleans.Cluster.Workers;

namespace PythiaOrleans.Cluster.Tests;

/// <summary>A silo of two slots whose tasks want memory of their device.</summary>
public sealed class DeviceMemoryTests
{
    private const long Wanted = 10;
    private static readonly TimeSpan LongEnough = TimeSpan.FromSeconds(20);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Tasks_ThatFitTogether_RunAtTheSameTime()
    {
        using var together = new Barrier(2);
        var world = World(new WorkerDevice("cuda:0", new DeviceBudget(2 * Wanted)));
        world.Sweeps["pair"] = (_, _, cancellationToken) => Assert.True(together.SignalAndWait(LongEnough, cancellationToken));
        await using var cluster = await TestCluster.StartAsync(world, 1, Token);
        Assert.Equal(2, (await cluster.RunAsync(PythiaOrleans.Cluster.Tests.World.Spec("pair", 2), Token)).Done);
        Assert.Equal(["cuda:0", "cuda:0"], world.RanOn);
    }

    /// <summary>The first two tasks would meet, as above, were there memory for both.</summary>
    [Fact]
    public async Task Tasks_ThatDoNotFitTogether_RunOneAfterTheOther()
    {
        var budget = new DeviceBudget((2 * Wanted) - 1);
        var (running, most) = (0, 0);
        var world = World(new WorkerDevice("cuda:0", budget));
        using var second = new ManualResetEventSlim();
        world.Sweeps["turns"] = (_, _, cancellationToken) =>
        {
            most = Math.Max(most, Interlocked.Increment(ref running));
            if (running > 1)
            {
                second.Set();
            }

            second.Wait(TimeSpan.FromMilliseconds(100), cancellationToken); // nobody comes
            Interlocked.Decrement(ref running);
        };
        await using var cluster = await TestCluster.StartAsync(world, 1, Token);
        Assert.Equal(6, (await cluster.RunAsync(PythiaOrleans.Cluster.Tests.World.Spec("turns", 6), Token)).Done);
        Assert.Equal((1, 0L), (most, budget.Taken));
    }

    [Fact]
    public async Task Slots_HaveTheirOwnDevices()
    {
        using var together = new Barrier(2);
        var world = World(new WorkerDevice("cuda:0", new DeviceBudget(Wanted)), new WorkerDevice("cuda:1", new DeviceBudget(Wanted)));
        world.Sweeps["both"] = (_, _, cancellationToken) => Assert.True(together.SignalAndWait(LongEnough, cancellationToken));
        await using var cluster = await TestCluster.StartAsync(world, 1, Token);
        Assert.Equal(2, (await cluster.RunAsync(PythiaOrleans.Cluster.Tests.World.Spec("both", 2), Token)).Done);
        Assert.Equal(["cuda:0", "cuda:1"], world.RanOn.Order());
    }

    /// <summary>A task that waits for memory when its silo stops is handed back, not charged, and done by the next silo.</summary>
    [Fact]
    public async Task Task_ThatWaitsForMemory_DoesNotKeepItsSiloFromStopping()
    {
        var budget = new DeviceBudget(Wanted);
        using var memory = await budget.TakeAsync(Wanted, Token); // somebody else's, who never returns it
        var world = World(new WorkerDevice("cuda:0", budget));
        await using var cluster = await TestCluster.StartAsync(world, 1, Token);
        await cluster.Sweep("waits").StartAsync(PythiaOrleans.Cluster.Tests.World.Spec("waits", 2));
        await cluster.UntilAsync("waits", _ => budget.Waiting == 2, Token);

        await cluster.Silos.StopSiloAsync(cluster.Silos.Silos[0], Token).WaitAsync(LongEnough, Token);

        Assert.Equal((0, 0), (budget.Waiting, world.RunsOf("waits")));
    }

    private static World World(params WorkerDevice[] devices) => new() { Devices = new WorkerDevices(devices), DeviceBytes = Wanted };
}
