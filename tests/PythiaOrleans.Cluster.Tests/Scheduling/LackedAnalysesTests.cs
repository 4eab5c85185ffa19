using PythiaOrleans.Cluster.Contracts;
using PythiaOrleans.Cluster.Scheduling;
using PythiaOrleans.Core.Ids;
using PythiaOrleans.Core.Sweeps;

namespace PythiaOrleans.Cluster.Tests;

/// <summary>Workers that lack an analysis leave it to those that have it.</summary>
public sealed class LackedAnalysesTests
{
    private static readonly SweepSpec Sweep = World.Spec("plugin", 100);
    private static readonly AnalysisId Common = Sweep.Analyses[0];
    private static readonly AnalysisId Plugin = Sweep.Analyses[1];

    private readonly DispatcherOptions _options = new();
    private readonly Dispatcher _dispatcher;

    public LackedAnalysesTests() => _dispatcher = new Dispatcher(_options);

    [Fact]
    public void Task_OfWhichAWorkerLacksAPart_IsDividedAmongItAndAnother()
    {
        Announce("without", Plugin);
        Announce("with");
        Enqueue(Sweep.Analyses, 0);

        Assert.Equal([Common], Assert.Single(_dispatcher.Lease("without", 5, default)).Analyses);
        Assert.Equal([Plugin], Assert.Single(_dispatcher.Lease("with", 5, default)).Analyses);
        Assert.Equal(2, _dispatcher.Open);
    }

    /// <summary>Attempts belong to the whole: a worker that has all of it gets it.</summary>
    [Fact]
    public void Task_ThatHasFailed_IsNotDividedForWhatAWorkerLacks()
    {
        Announce("without", Plugin);
        Announce("with");
        _dispatcher.Enqueue(Sweep, [Task(0, Sweep.Analyses) with { Attempts = 1 }]);

        Assert.Empty(_dispatcher.Lease("without", 5, default));
        Assert.Equal(Sweep.Analyses, Assert.Single(_dispatcher.Lease("with", 5, default)).Analyses);
    }

    [Fact]
    public void Task_OfWhichEachWorkerLacksSomething_IsLeftToNone()
    {
        Announce("neither", Common, Plugin);
        Announce("without", Plugin);
        Enqueue(Sweep.Analyses, 0);

        Assert.Equal(Sweep.Analyses, Assert.Single(_dispatcher.Lease("neither", 5, default)).Analyses);
    }

    [Fact]
    public void Worker_ThatHasSaidNothingOfItself_IsNotTakenForOneThatHasAll()
    {
        Assert.Empty(_dispatcher.Lease("silent", 5, default));
        Announce("without", Plugin);
        Enqueue([Plugin], 0);

        Assert.Single(_dispatcher.Lease("without", 5, default));
    }

    [Fact]
    public void Task_OfWhichAWorkerLacksAll_StaysForAnother_InItsOrder()
    {
        Announce("without", Plugin);
        Announce("with");
        Enqueue([Plugin], 0, 1);
        Enqueue([Common], 2);
        var arrivals = _dispatcher.Arrivals;

        Assert.Equal(2, Assert.Single(_dispatcher.Lease("without", 5, default)).Task.Checkpoint.Step);
        Assert.Empty(_dispatcher.Lease("without", 5, default));
        Assert.Equal(arrivals, _dispatcher.Arrivals); // or a worker that waits for news would ask at once again, without end

        Assert.Equal([0, 1], _dispatcher.Lease("with", 5, default).Select(lease => lease.Task.Checkpoint.Step));
    }

    [Fact]
    public void Task_ThatNoOtherWorkerCanCompute_IsHandedOut_SoThatItsFailureSaysWhy()
    {
        Announce("without", Plugin);
        Announce("neither", Plugin);
        Enqueue([Plugin], 0);
        Assert.Single(_dispatcher.Lease("without", 5, default));

        Announce("with");
        Enqueue([Plugin], 1);
        Assert.Empty(_dispatcher.Lease("neither", 5, default));
        _dispatcher.WorkerDied("with", default);
        Assert.Single(_dispatcher.Lease("neither", 5, default));
    }

    [Fact]
    public void LongQueue_OfWhatAWorkerLacks_IsNotSearchedWhole_AndStaysWhole()
    {
        Announce("without", Plugin);
        Announce("with");
        Enqueue([Plugin], [.. Enumerable.Range(0, 99)]);

        Assert.Empty(_dispatcher.Lease("without", 5, default));

        Assert.Equal(Enumerable.Range(0, 99), _dispatcher.Lease("with", 200, default).Select(lease => lease.Task.Checkpoint.Step));
    }

    private void Announce(string worker, params AnalysisId[] lacks) =>
        Assert.True(_dispatcher.Announce(worker, new WorkerAnnouncement(1, true, 100, [], [], 1, lacks), default));

    private void Enqueue(IReadOnlyList<AnalysisId> analyses, params int[] steps) => _dispatcher.Enqueue(
        Sweep, steps.Select(step => Task(step, analyses)));

    private static PendingTask Task(int step, IReadOnlyList<AnalysisId> analyses) =>
        new(new TaskId(Sweep.Name, new CheckpointId("m", step)), analyses, 100);
}
