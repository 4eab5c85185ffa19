namespace PythiaOrleans.Cluster.Tests;

public sealed class HeldBackReportsTests
{
    /// <summary>
    /// Reports that wait are memory, and each heartbeat goes through their leases: a worker must not compute a whole sweep ahead.
    /// </summary>
    [Fact]
    public async Task Worker_WhenOwnersAreSlow_StopsLeasing()
    {
        const int shards = 20_000;
        var token = TestContext.Current.CancellationToken;
        var world = new World();
        await using var cluster = await TestCluster.StartAsync(world, 1, token);
        await cluster.RunAsync(World.Spec("warm-up", 100), token);

        var judged = new TaskCompletionSource();
        world.Blobs.BeforeFound = _ => judged.Task;
        await cluster.Sweep("slow").StartAsync(World.Spec("slow", shards));
        Assert.InRange(await UntilStillAsync(() => world.RunsOf("slow"), token), 1_000, 8_000);

        judged.SetResult();
        var progress = await cluster.UntilEndedAsync("slow", token);
        Assert.Equal(shards, progress.Done);
        Assert.Equal(shards, world.RunsOf("slow"));
    }

    // The count once it has not grown for a second.
    private static async Task<int> UntilStillAsync(Func<int> count, CancellationToken cancellationToken)
    {
        var last = -1;
        while (count() is var now && (now == 0 || now != last))
        {
            last = now;
            await Task.Delay(TimeSpan.FromSeconds(1), cancellationToken);
        }

        return last;
    }
}
