using PythiaOrleans.Cluster.Contracts;
using PythiaOrleans.Cluster.Scheduling;
using PythiaOrleans.Core.Ids;
using PythiaOrleans.Core.Sweeps;

namespace PythiaOrleans.Cluster.Tests;

public sealed class DeathBookTests
{
    /// <summary>A dispatcher that follows another goes on counting: the third death quarantines, whoever saw the first two.</summary>
    [Fact]
    public void Deaths_AreCountedOnByTheNextDispatcher()
    {
        var spec = World.Spec("poisoned", 1);
        var task = new TaskId(spec.Name, new CheckpointId(spec.Models[0], spec.Steps[0]));
        var book = new WorkerDeathCounter();
        TaskOutcome[] ended = [];
        for (var death = 1; death <= 3; death++)
        {
            Assert.Empty(ended);
            var dispatcher = new Dispatcher(new DispatcherOptions(), lastFence: 100 * death, book);
            dispatcher.Enqueue(spec, [new PendingTask(task, spec.Analyses, 1)]);
            var lease = Assert.Single(dispatcher.Lease($"worker{death}", 1, TimeSpan.Zero));
            Assert.Equal(death > 1, lease.IsSuspect);
            dispatcher.Heartbeat($"worker{death}", [lease.Fence], [lease.Fence], TimeSpan.Zero);
            ended = [.. dispatcher.WorkerDied($"worker{death}")];
        }

        var quarantined = Assert.Single(ended);
        Assert.Equal((OutcomeKind.Quarantined, FailureKind.WorkerDied, 3), (quarantined.End, quarantined.Failure!.Kind, quarantined.Failure.Attempts));
        Assert.Equal(0, book[task]);
    }
}
