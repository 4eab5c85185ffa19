using PythiaOrleans.Analyses;
using PythiaOrleans.Analyses.ResidualStream;
using PythiaOrleans.Analyses.WeightDistribution;
using PythiaOrleans.Analyses.WeightMoments;
using PythiaOrleans.Cluster.Contracts;
using PythiaOrleans.Cluster.Workers;
using PythiaOrleans.Core.Ids;
using PythiaOrleans.Core.Storage;
using PythiaOrleans.Core.Sweeps;
using PythiaOrleans.Server.Execution;
using PythiaOrleans.Testing;

namespace PythiaOrleans.Server.Tests;

public sealed class ShardRunnerTests : IDisposable
{
    private static readonly IAnalysis[] Analyses = [new WeightMomentsAnalysis(), new WeightDistributionAnalysis()];

    private readonly TinySuite _suite = new(1);

    /// <summary>A task that comes back after its worker died computes what that worker had not committed, and nothing else.</summary>
    [Fact]
    public async Task Task_ThatWasPartlyCommitted_ComputesTheRest()
    {
        var (runner, store, task, sweep) = Bed();
        await RunAsync(runner, task, sweep with { Analyses = [sweep.Analyses[0]] });

        var result = await RunAsync(runner, task, sweep);

        Assert.Equal([sweep.Analyses[1]], result.Committed);
        Assert.True(await store.ExistsAsync(new ResultKey(task.Checkpoint, sweep.Analyses[1]), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Task_ThatIsDone_DoesNotEvenNeedItsFiles()
    {
        var (runner, _, task, sweep) = Bed();
        await RunAsync(runner, task, sweep);
        Directory.Delete(_suite.Source, recursive: true);

        var result = await RunAsync(runner, task, sweep);

        Assert.Equal(sweep.Analyses, result.Committed);
        Assert.Empty(result.Failures);
    }

    /// <summary>
    /// A worker without a plugin computes what it can; the rest is not counted against the shard, so that another worker gets it.
    /// </summary>
    [Fact]
    public async Task Analysis_ThatThisSiloLacks_LeavesTheOthers_AndIsNotCountedAgainstTheShard()
    {
        var (runner, store, task, sweep) = Bed();
        var foreign = AnalysisId.Create("norm-ratio", 1, new Dictionary<string, string>());

        var result = await RunAsync(runner, task, sweep with { Analyses = [foreign, .. sweep.Analyses] });

        Assert.Equal(sweep.Analyses, result.Committed);
        Assert.Equal([foreign], runner.LackedAnalyses());
        var failure = Assert.Single(result.Failures);
        Assert.Equal((foreign, FailureKind.Infrastructure), (failure.Analysis, failure.Kind));
        Assert.Contains("norm-ratio", failure.Message, StringComparison.Ordinal);
        var missing = await store.MissingAsync(task.Checkpoint, [foreign, .. sweep.Analyses], TestContext.Current.CancellationToken);
        Assert.Equal([foreign], missing);
    }

    [Fact]
    public async Task Task_OfWhichThisSiloKnowsNothing_IsRefusedBeforeAnythingIsFetched()
    {
        var (runner, _, task, sweep) = Bed();
        var foreign = AnalysisId.Create("norm-ratio", 1, new Dictionary<string, string>());
        File.Delete(_suite.WeightsOf("tiny-a", 0)); // fetching it would fail in another way

        var error = await Assert.ThrowsAsync<UnknownAnalysisException>(() => RunAsync(runner, task, sweep with { Analyses = [foreign] }));

        Assert.Equal(FailureKind.Infrastructure, runner.Classify(error));
    }

    /// <summary>Whatever the order in which they were asked for: later ones read what the first ones counted.</summary>
    [Fact]
    public async Task Analyses_RunInTheirOwnOrder()
    {
        var (runner, _, task, sweep) = Bed();
        var result = await RunAsync(runner, task, sweep with { Analyses = [.. sweep.Analyses.Reverse()] });
        Assert.Equal(sweep.Analyses, result.Committed);
    }

    [Fact]
    public async Task Task_WhoseWeightsAreNotThere_SaysSo()
    {
        var (runner, _, task, sweep) = Bed();
        File.Delete(_suite.WeightsOf("tiny-a", 0));
        var error = await Assert.ThrowsAnyAsync<Exception>(() => RunAsync(runner, task, sweep));
        Assert.Contains(Path.GetDirectoryName(_suite.WeightsOf("tiny-a", 0))!, error.Message, StringComparison.Ordinal);
        Assert.Equal(FailureKind.Permanent, runner.Classify(error));
    }

    /// <summary>The tokens lie in the store, so that every silo has them. They are read once.</summary>
    [Fact]
    public async Task Batch_OfTheUser_IsReadFromTheStore()
    {
        var (runner, store, task, sweep) = Bed();
        var batch = TinySweep.Batch.Spec;
        var stream = new ResidualStreamAnalysis(new AnalysisSettings(0, null) { Batch = TinySweep.Batch }).Description.Id;
        sweep = sweep with { Batch = batch, Analyses = [stream] };
        var lost = await Assert.ThrowsAsync<FileNotFoundException>(() => RunAsync(runner, task, sweep));
        Assert.Contains($"{batch.Path}: expected the token batch of sweep 'some', found nothing", lost.Message, StringComparison.Ordinal);

        await store.Blobs.TryCreateAsync(batch.Path, TinySweep.BatchContent, TestContext.Current.CancellationToken);
        Assert.Equal([stream], (await RunAsync(runner, task, sweep)).Committed);
        await store.Blobs.DeleteAsync(batch.Path, TestContext.Current.CancellationToken);
        var other = new TaskId("some", new CheckpointId("tiny-b", 0));
        Assert.Equal([stream], (await RunAsync(runner, other, sweep)).Committed);
    }

    /// <summary>The cache links to its files: the length is that of the file, not that of the link.</summary>
    [Fact]
    public async Task BytesRead_AreTheLengthOfTheWeightFiles_ThroughLinksToo()
    {
        var (runner, _, task, sweep) = Bed();
        var (link, file) = (_suite.WeightsOf("tiny-a", 0), Path.Combine(_suite.Folder, "blob"));
        File.Move(link, file);
        File.CreateSymbolicLink(link, file);
        Assert.Equal(File.ReadAllBytes(file).LongLength, (await RunAsync(runner, task, sweep)).BytesRead);
    }

    public void Dispose() => _suite.Dispose();

    private static async Task<TaskResult> RunAsync(ShardRunner runner, TaskId task, SweepSpec sweep)
    {
        await using var prepared = await runner.PrepareAsync(task, sweep, sweep.Analyses, TestContext.Current.CancellationToken);
        return prepared.Run(1, "cpu", TestContext.Current.CancellationToken);
    }

    private (ShardRunner Runner, ResultStore Store, TaskId Task, SweepSpec Sweep) Bed()
    {
        var store = new ResultStore(BlobStores.Open(_suite.Store("store")));
        return (
            TinySweep.Runner(_suite, store),
            store,
            new TaskId("some", new CheckpointId("tiny-a", 0)),
            TinySweep.Of(_suite, reference: 0, stride: null, [.. Analyses.Select(analysis => analysis.Description.Id)]));
    }
}
