using System.Diagnostics;

namespace PythiaOrleans.Cluster.Tests;

public sealed class ThroughputTests
{
    /// <summary>The bound is far below what an idle machine does (see the test's output), so that a busy one passes.</summary>
    [Fact]
    public async Task Dispatch_OfShardsThatComputeNothing_IsNotTheBottleneck()
    {
        const int shards = 6_000;
        var token = TestContext.Current.CancellationToken;
        var world = new World();
        await using var cluster = await TestCluster.StartAsync(world, 1, token);
        await cluster.RunAsync(World.Spec("warm-up", 500), token);

        var started = Stopwatch.GetTimestamp();
        await cluster.Sweep("fast").StartAsync(World.Spec("fast", shards));
        await cluster.UntilAsync("fast", progress => progress.Done == shards, token);
        var perSecond = shards / Stopwatch.GetElapsedTime(started).TotalSeconds;

        TestContext.Current.TestOutputHelper!.WriteLine($"{perSecond:0} tasks a second, dispatched, computed and committed");
        Assert.True(perSecond > 300, $"only {perSecond:0} tasks a second");
    }
}
