using System.Security.Cryptography;
using PythiaOrleans.Analyses;
using PythiaOrleans.Analyses.WeightDistance;
using PythiaOrleans.Analyses.WeightMoments;
using PythiaOrleans.Checkpoints.Loading;
using PythiaOrleans.Checkpoints.Sources.Folder;
using PythiaOrleans.Cluster.Contracts;
using PythiaOrleans.Cluster.Workers;
using PythiaOrleans.Core.Ids;
using PythiaOrleans.Core.Storage;
using PythiaOrleans.Core.Sweeps;
using PythiaOrleans.Testing;

namespace PythiaOrleans.Server.Tests;

/// <summary>The checkpoints that a task reads besides its own, and what its results say of them.</summary>
public sealed class NeighbourCheckpointTests : IDisposable
{
    private const string Model = "tiny-a";

    private readonly TinySuite _suite = new(3);
    private readonly ResultStore _store;

    public NeighbourCheckpointTests() => _store = new ResultStore(BlobStores.Open(_suite.Store("store")));

    /// <summary>The suite has the steps 0, 10 and 20.</summary>
    [Theory]
    [InlineData(20, 10, 10)]
    [InlineData(20, null, null)]
    [InlineData(20, 5, null)] // step 15 is not there
    [InlineData(0, 10, null)] // nothing lies before the first
    [InlineData(10, 10, 0)]
    public async Task Distance_SaysWhichCheckpointsItRead(int step, int? stride, int? previous)
    {
        var sweep = Sweep(reference: 0, stride);

        Assert.Empty((await RunAsync(sweep, step)).Failures);

        var distance = (await _store.ReadProvenanceAsync(Key(step, sweep.Analyses[0]), Cancellation))!;
        Assert.Equal(
            (await DigestAsync(step), await DigestAsync(0), previous is { } before ? await DigestAsync(before) : "none"),
            (distance["checkpoint_digest"], distance["reference_digest"], distance["previous_digest"]));
        // What others of its task read is no matter of the moments: their bytes do not depend on it.
        var moments = (await _store.ReadProvenanceAsync(Key(step, sweep.Analyses[1]), Cancellation))!;
        Assert.Equal(("none", "none"), (moments["reference_digest"], moments["previous_digest"]));
    }

    [Fact]
    public async Task Reference_ThatIsNotThere_FailsWhatNeedsIt_AndNothingElse()
    {
        var sweep = Sweep(reference: 99, stride: null);

        var result = await RunAsync(sweep, 20);

        Assert.Equal([sweep.Analyses[1]], result.Committed);
        var failure = Assert.Single(result.Failures);
        Assert.Equal((sweep.Analyses[0], FailureKind.Permanent), (failure.Analysis, failure.Kind));
        Assert.Contains("tiny-a@step20: weight-distance needs the reference checkpoint", failure.Message, StringComparison.Ordinal);
    }

    /// <summary>Weights without a configuration are found, and cannot be fetched.</summary>
    [Fact]
    public async Task Reference_ThatCannotBeFetched_FailsWhatNeedsIt_AndNothingElse()
    {
        File.Delete(Path.Combine(Path.GetDirectoryName(_suite.WeightsOf(Model, 0))!, "config.json"));
        var sweep = Sweep(reference: 0, stride: null);

        var result = await RunAsync(sweep, 20);

        Assert.Equal([sweep.Analyses[1]], result.Committed);
        Assert.Equal(sweep.Analyses[0], Assert.Single(result.Failures).Analysis);
    }

    [Fact]
    public async Task Reference_ThatIsDamaged_IsNamedByWhatNeedsIt()
    {
        var sweep = Sweep(reference: 0, stride: 10);
        await File.WriteAllBytesAsync(_suite.WeightsOf(Model, 0), new byte[64], Cancellation);
        await File.WriteAllBytesAsync(_suite.WeightsOf(Model, 10), new byte[64], Cancellation);

        var failure = Assert.Single((await RunAsync(sweep, 20)).Failures);

        Assert.Equal((sweep.Analyses[0], FailureKind.Permanent), (failure.Analysis, failure.Kind));
        Assert.Contains(Path.Combine("step0", "model.safetensors"), failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Record_OfARun_SaysWhatWasComputedWhereAndAtWhichAttempt()
    {
        var sweep = Sweep(reference: 0, stride: 10);
        await using var task = await PrepareAsync(sweep, 20);
        Assert.Equal(0, task.Ended);
        task.Run(3, "cpu", Cancellation);
        Assert.Equal(2, task.Ended);

        var key = Key(20, sweep.Analyses[1]);
        var record = (await _store.ReadRunAsync(key, Cancellation))!;
        var bytes = (await _store.Blobs.ReadAsync(key.Path, Cancellation))!;
        Assert.Equal((Convert.ToHexStringLower(SHA256.HashData(bytes)), Environment.MachineName, 3),
            (record.Sha256, record.Host, record.Attempt));
        Assert.Equal((await _store.ReadAsync(key, Cancellation))!.Count, record.Rows);
        Assert.Equal(["tiny-a@step20"], record.SourceBytes!.Keys);
        var distance = (await _store.ReadRunAsync(Key(20, sweep.Analyses[0]), Cancellation))!;
        Assert.Equal(["tiny-a@step20", "tiny-a@step0", "tiny-a@step10"], distance.SourceBytes!.Keys);
        var provenance = (await _store.ReadProvenanceAsync(key, Cancellation))!;
        Assert.Equal(("tiny-a@step20", "weight-moments", "cpu"),
            (provenance["checkpoint"], provenance["analysis"], provenance["device"]));
        Assert.StartsWith("PythiaOrleans 0.", provenance["software"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_ThatIsCancelled_EndsAtOnce()
    {
        await using var task = await PrepareAsync(Sweep(reference: 0, stride: null), 10);

        Assert.ThrowsAny<OperationCanceledException>(() => task.Run(1, "cpu", new CancellationToken(canceled: true)));
    }

    public void Dispose() => _suite.Dispose();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private static ResultKey Key(int step, AnalysisId analysis) => new(new CheckpointId(Model, step), analysis);

    private SweepSpec Sweep(int reference, int? stride) => TinySweep.Of(
        _suite,
        reference,
        stride,
        new WeightDistanceAnalysis(new AnalysisSettings(reference, stride)).Description.Id,
        new WeightMomentsAnalysis().Description.Id);

    private async Task<TaskResult> RunAsync(SweepSpec sweep, int step)
    {
        await using var task = await PrepareAsync(sweep, step);
        return task.Run(1, "cpu", Cancellation);
    }

    private Task<IPreparedTask> PrepareAsync(SweepSpec sweep, int step) =>
        TinySweep.Runner(_suite, _store)
            .PrepareAsync(new TaskId("some", new CheckpointId(Model, step)), sweep, sweep.Analyses, Cancellation);

    private async Task<string> DigestAsync(int step)
    {
        using var files = await new FolderSource(_suite.Source).FetchAsync(new CheckpointId(Model, step), Cancellation);
        using var checkpoint = CheckpointReader.Open(files);
        return checkpoint.ComputeDigest();
    }
}
