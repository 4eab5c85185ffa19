using PythiaOrleans.Analyses;
using PythiaOrleans.Analyses.Tokens;
using PythiaOrleans.Checkpoints.Catalog;
using PythiaOrleans.Cluster.Contracts;
using PythiaOrleans.Cluster.Scheduling;
using PythiaOrleans.Core.Ids;
using PythiaOrleans.Core.Sweeps;
using PythiaOrleans.Server.Planning;

namespace PythiaOrleans.Server.Tests;

public sealed class ShardCostsTests
{
    private readonly ShardCosts _costs = new(ModelCatalog.Default, AnalysisRegistry.BuiltIn);

    /// <summary>With two slots idle and one checkpoint to compute: a minute's work is not worth a second fetch, an hour's is.</summary>
    [Theory]
    [InlineData("pythia-14m", false)]
    [InlineData("pythia-70m", false)]
    [InlineData("pythia-1.4b", true)]
    [InlineData("pythia-12b", true)]
    public void Shards_OfLargeModelsOnly_AreDivided(string model, bool isDivided)
    {
        var spec = Spec(model);
        var dispatcher = new Dispatcher(new DispatcherOptions(), costs: _costs.Find);
        foreach (var worker in new[] { "a", "b" })
        {
            dispatcher.Announce(worker, new WorkerAnnouncement(1, true, 1, [], []), TimeSpan.Zero);
            Assert.Empty(dispatcher.Lease(worker, 1, TimeSpan.Zero));
        }

        dispatcher.Enqueue(spec, [new PendingTask(new TaskId(spec.Name, new CheckpointId(model, 1000)), spec.Analyses, 1)]);

        // What may be worth dividing goes to the owner of the checkpoint as a question, and is not leased until it is answered.
        Assert.Equal(isDivided ? 0 : 1, dispatcher.Lease("a", 1, TimeSpan.Zero).Count);
        Assert.Equal(isDivided ? 1 : 0, dispatcher.TakeDecisions()?.Questions.Count ?? 0);
    }

    [Fact]
    public void Cost_OfAnUnknownModel_IsUnknown() => Assert.Null(_costs.Find(Spec("mine"), "mine"));

    [Fact]
    public void Cost_FollowsTheNumberOfTokens()
    {
        var usual = TokenBatch.Default.Spec;
        var spec = Spec("pythia-1.4b");

        var once = _costs.Find(spec, "pythia-1.4b")!;
        var twice = _costs.Find(spec with { Batch = usual with { Rows = 2 * usual.Rows } }, "pythia-1.4b")!;

        Assert.Equal(2, twice.Seconds["weight-gradients"] / once.Seconds["weight-gradients"], tolerance: 0.01);
        Assert.Equal(once.Seconds["weight-spectrum"], twice.Seconds["weight-spectrum"]);
        Assert.Equal(once.Reload, twice.Reload);
    }

    private static SweepSpec Spec(string model) => new()
    {
        Name = "large",
        Models = [model],
        Steps = [1000],
        Analyses =
        [
            .. AnalysisRegistry.BuiltIn.Create(new AnalysisSettings(1000, null)).Select(analysis => analysis.Description)
                .Where(description => description.ByDefault).Select(description => description.Id),
        ],
        ReferenceStep = 1000,
        Source = "hub",
    };
}
