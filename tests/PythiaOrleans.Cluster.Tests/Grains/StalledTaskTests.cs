using PythiaOrleans.Cluster.Contracts;
using PythiaOrleans.Core.Sweeps;

namespace PythiaOrleans.Cluster.Tests;

/// <summary>Tasks that never end, on a real cluster: their heartbeats come from another thread.</summary>
public sealed class StalledTaskTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>The slot used to sit in such a task until the silo was stopped, and the sweep never ended.</summary>
    [Fact]
    public async Task Task_ThatNeverReturns_IsMovedAndChargedAndItsSlotGoesOn()
    {
        using var never = new ManualResetEventSlim();
        var (world, hangs) = (new World(), 0);
        world.Sweeps["stuck"] = (_, task, _) =>
        {
            if (task.Checkpoint.Step == 3 && Interlocked.Increment(ref hangs) == 1)
            {
                never.Wait(CancellationToken.None); // as native code does: no token is looked at
            }
        };
        try
        {
            // One slot: whatever is computed afterwards is computed by the thread that took its place.
            await using var cluster = await TestCluster.StartAsync(world, 1, Token, slots: 1, stallLimit: TimeSpan.FromSeconds(1));
            var progress = await cluster.RunAsync(World.Spec("stuck", 10), Token);
            Assert.Equal((SweepState.Completed, 10), (progress.State, progress.Done));
            Assert.Equal(2, hangs);
        }
        finally
        {
            never.Set();
        }
    }

    [Fact]
    public async Task Task_ThatAlwaysHangs_IsQuarantinedWithASentence()
    {
        var world = new World();
        world.Sweeps["hangs"] = (_, task, cancel) =>
        {
            if (task.Checkpoint.Step == 1)
            {
                cancel.WaitHandle.WaitOne(); // it stops when it is asked to
                cancel.ThrowIfCancellationRequested();
            }
        };
        await using var cluster = await TestCluster.StartAsync(world, 1, Token, slots: 1, stallLimit: TimeSpan.FromSeconds(1));

        var progress = await cluster.RunAsync(World.Spec("hangs", 3) with { MaxAttempts = 2 }, Token);

        Assert.Equal((SweepState.CompletedWithFailures, 2, 1), (progress.State, progress.Done, progress.Quarantined));
        var failure = Assert.Single(await cluster.Sweep("hangs").GetFailuresAsync(0, 10));
        Assert.Equal((FailureKind.Transient, 2), (failure.Kind, failure.Attempts));
        Assert.Contains("Checkpoint pythia-14m@step1: no progress for 00:00:0", failure.Message, StringComparison.Ordinal);
        Assert.Contains("Worker:StallLimit", failure.Message, StringComparison.Ordinal);
    }
}
