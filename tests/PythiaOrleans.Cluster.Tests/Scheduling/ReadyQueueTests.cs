using PythiaOrleans.Cluster.Contracts;
using PythiaOrleans.Cluster.Scheduling;
using PythiaOrleans.Core.Ids;
using PythiaOrleans.Core.Sweeps;

namespace PythiaOrleans.Cluster.Tests;

/// <summary>The tasks that may be leased, and how many they are.</summary>
public sealed class ReadyQueueTests
{
    private static readonly SweepSpec Spec = World.Spec("ready", 99) with { Stride = null };

    private readonly ReadyQueue _queue = new();
    private readonly SweepEntry _sweep = new() { Spec = Spec };

    [Fact]
    public void Tasks_OfAPausedSweep_AreNeitherCountedNorTaken_UntilItGoesOn()
    {
        var (first, second, third) = (Task(1), Task(2), Task(3));
        _queue.Add(first);
        _queue.Add(second);
        Assert.Equal(2, _queue.Count);

        _queue.SetPaused(_sweep, true);
        _queue.SetPaused(_sweep, true);
        Assert.Equal(0, _queue.Count);
        Assert.Null(_queue.Take("a"));
        _queue.Add(third);
        _queue.Remove(second);
        Assert.Equal(0, _queue.Count);

        _queue.SetPaused(_sweep, false);
        _queue.SetPaused(_sweep, false);
        Assert.Equal(2, _queue.Count);
        Assert.Equal([1, 3], new[] { _queue.Take("a")!, _queue.Take("a")! }.Select(task => task.Id.Checkpoint.Step).Order());
        Assert.Equal(0, _queue.Count);
        Assert.Null(_queue.Take("a"));
    }

    [Fact]
    public void Task_ThatIsRemoved_IsTakenNoMore_AndCountedOnce()
    {
        var (first, second) = (Task(1), Task(2));
        _queue.Add(first);
        _queue.Add(second);

        _queue.Remove(first);
        _queue.Remove(first);

        Assert.Equal((1, 1), (_queue.Count, _sweep.Ready));
        Assert.Same(second, _queue.Take("a"));
        Assert.Equal((0, 0), (_queue.Count, _sweep.Ready));
    }

    /// <summary>A task that was no task for one worker is nothing new for the others, and keeps its place.</summary>
    [Fact]
    public void Task_ThatIsPutBack_KeepsItsPlace()
    {
        _queue.Add(Task(1));
        _queue.Add(Task(2));
        var arrivals = _queue.Arrivals;

        var first = _queue.Take("a")!;
        _queue.PutBack(first);

        Assert.Equal((arrivals, 2), (_queue.Arrivals, _queue.Count));
        Assert.Same(first, _queue.Take("b"));
    }

    /// <summary>Of the next 32 tasks one is preferred whose reference lies on the worker's disk; the 33rd is too far.</summary>
    [Theory]
    [InlineData(31, "near")]
    [InlineData(32, "far")]
    public void Preference_LooksAt32Tasks(int before, string chosen)
    {
        for (var step = 1; step <= before; step++)
        {
            _queue.Add(Task(step, "far"));
        }

        _queue.Add(Task(50, "near"));
        _queue.Holdings.Add("a", new CachedCheckpoint(Spec.Source, new CheckpointId("near", Spec.ReferenceStep)));

        Assert.Equal(chosen, _queue.Take("a")!.Id.Checkpoint.Model);
        Assert.Equal(before, _queue.Count);
    }

    /// <summary>What was evicted from a disk meanwhile is no reason any more, for this worker or the others.</summary>
    [Fact]
    public void Checkpoint_ThatWasEvicted_IsHeldByNoWorker()
    {
        CachedCheckpoint[] held = [new(Spec.Source, new CheckpointId("m", 1)), new(Spec.Source, new CheckpointId("m", 3))];
        foreach (var checkpoint in held)
        {
            _queue.Holdings.Add("a", checkpoint);
        }

        for (var step = 1; step <= 4; step++)
        {
            _queue.Add(Task(step));
        }

        _queue.Holdings.Remove("a", held[0]);
        Assert.Empty(_queue.Holdings.HoldersOf(held[0]));
        _queue.Holdings.Remove("a", held[0]);
        _queue.Holdings.Remove("b", held[1]); // it never held it

        Assert.Equal(1, _queue.Holdings.CountOf("a"));
        Assert.Equal(3, _queue.Take("a")!.Id.Checkpoint.Step);
        Assert.Equal([1, 2], [_queue.Take("a")!.Id.Checkpoint.Step, _queue.Take("b")!.Id.Checkpoint.Step]);
        _queue.Forget("a");
        Assert.True(_queue.Holdings.IsEmpty);
    }

    private TaskEntry Task(int step, string model = "m") =>
        new(new TaskId("ready", new CheckpointId(model, step)), Spec.Analyses, 1, _sweep);
}
