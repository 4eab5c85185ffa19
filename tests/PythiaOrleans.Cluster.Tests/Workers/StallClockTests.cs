using PythiaOrleans.Cluster.Contracts;
using PythiaOrleans.Cluster.Scheduling;
using PythiaOrleans.Cluster.Workers;
using PythiaOrleans.Core.Ids;

namespace PythiaOrleans.Cluster.Tests;

/// <summary>When a task counts as one that never ends.</summary>
public sealed class StallClockTests
{
    private readonly HeldTask _task = New(1);
    private readonly StallClock _clock = new(_ => TimeSpan.FromMinutes(10), TimeSpan.FromSeconds(30));

    [Fact]
    public void Task_WithoutProgress_IsStoppedOnceAndThenGivenUp()
    {
        _task.Stage = TaskStage.Computing;
        Look(0);
        Assert.Empty(Look(599).Stalled);

        Assert.Equal((_task, TimeSpan.FromSeconds(600)), Assert.Single(Look(600).Stalled));
        _task.Stall();
        var (again, early) = Look(629);
        Assert.Empty(again);
        Assert.Empty(early);
        Assert.Equal(_task, Assert.Single(Look(630).Abandoned).Task);
        Assert.Equal(TimeSpan.FromSeconds(630), _clock.OldestAge);
        Assert.True(_task.Token.IsCancellationRequested);
    }

    [Fact]
    public void Task_WhoseAnalysesEnd_MakesProgress()
    {
        var prepared = new Steps();
        _task.Prepared = Task.FromResult<IPreparedTask>(prepared);
        _task.Stage = TaskStage.Computing;
        Look(0);
        for (var minute = 9; minute < 60; minute += 9)
        {
            prepared.Ended++;
            Assert.Empty(Look(minute * 60).Stalled);
        }
    }

    [Fact]
    public void Fetch_MakesProgressWhileAnythingArrives()
    {
        _task.Stage = TaskStage.Fetching;
        Look(0, fetched: 1);
        Assert.Empty(Look(500, fetched: 2).Stalled);
        Assert.Empty(Look(1000, fetched: 3).Stalled);
        Assert.Single(Look(1600, fetched: 3).Stalled);
    }

    /// <summary>What arrives for other tasks is no progress of one whose own fetch hangs.</summary>
    [Fact]
    public void Fetch_ThatHangsBesideOthers_IsStopped()
    {
        var (hanging, going) = (_task, New(2, step: 1));
        hanging.Stage = going.Stage = TaskStage.Fetching;
        for (var second = 0; second < 600; second += 100)
        {
            Assert.Empty(At(second).Stalled);
        }

        Assert.Equal(hanging, Assert.Single(At(600).Stalled).Task);

        (IReadOnlyList<(HeldTask Task, TimeSpan Silent)> Stalled, IReadOnlyList<(HeldTask Task, TimeSpan Silent)> Abandoned) At(
            int second) => _clock.Look([hanging, going], task => task.Checkpoint.Step * second, TimeSpan.FromSeconds(second));
    }

    /// <summary>Other tasks may hold a device's memory for hours.</summary>
    [Fact]
    public void Task_ThatWaitsForMemory_IsNotStopped()
    {
        _task.Stage = TaskStage.Computing;
        Look(0);
        _task.Stage = TaskStage.Waiting;
        Assert.Empty(Look(100_000).Stalled);
        _task.Stage = TaskStage.Computing;
        Assert.Empty(Look(100_001).Stalled);
        Assert.Single(Look(100_601).Stalled);
    }

    [Fact]
    public void Age_IsThatOfTheTasksInSlots()
    {
        Assert.Equal(TimeSpan.Zero, _clock.OldestAge);
        _task.Stage = TaskStage.Fetching;
        Look(0);
        Look(70);
        Assert.Equal(TimeSpan.FromSeconds(70), _clock.OldestAge);
        _clock.Look([], _ => 0, TimeSpan.FromSeconds(80));
        Assert.Equal(TimeSpan.Zero, _clock.OldestAge);
    }

    [Theory]
    [InlineData(10.0, 15 * 60)] // small ones have a quarter of an hour all the same
    [InlineData(1000.0, 20_000)]
    public void Limit_FollowsFromTheLongestAnalysis(double seconds, double expected)
    {
        var world = new World
        {
            Cost = new ShardCost(TimeSpan.Zero, new Dictionary<string, double> { ["moments"] = 1, ["distance"] = seconds }),
        };

        Assert.Equal(TimeSpan.FromSeconds(expected), StallLimits.Of(new WorkerOptions(), world, _task.Lease));
        var own = TimeSpan.FromMinutes(1);
        Assert.Equal(own, StallLimits.Of(new WorkerOptions { StallLimit = own }, world, _task.Lease));
        Assert.Equal(TimeSpan.FromMinutes(15), StallLimits.Of(new WorkerOptions(), new World(), _task.Lease));
    }

    private static HeldTask New(long fence, int step = 0)
    {
        var spec = World.Spec("stalls", 1);
        return new HeldTask(new TaskLease(fence, new TaskId("stalls", new CheckpointId("pythia-14m", step)), spec, spec.Analyses, 1))
        {
            Prepared = Task.FromResult<IPreparedTask>(new Steps()),
        };
    }

    private (IReadOnlyList<(HeldTask Task, TimeSpan Silent)> Stalled, IReadOnlyList<(HeldTask Task, TimeSpan Silent)> Abandoned) Look(
        int second, long fetched = 0) => _clock.Look([_task], _ => fetched, TimeSpan.FromSeconds(second));

    private sealed class Steps : IPreparedTask
    {
        public int Ended { get; set; }

        public TaskResult Run(int attempt, string device, CancellationToken cancellationToken) => throw new NotSupportedException();

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
