using PythiaOrleans.Analyses;
using PythiaOrleans.Analyses.WeightDistance;
using PythiaOrleans.Analyses.WeightMoments;
using PythiaOrleans.Cluster.Contracts;
using PythiaOrleans.Core.Ids;
using PythiaOrleans.Core.Storage;
using PythiaOrleans.Core.Sweeps;
using PythiaOrleans.Testing;

namespace PythiaOrleans.Server.Tests;

/// <summary>What dashboards, traces and the person at the console learn of one task.</summary>
public sealed class TaskTelemetryTests : IDisposable
{
    private const string Model = "tiny-a";

    private readonly TinySuite _suite = new(2);

    [Fact]
    public async Task Stages_AreMeasuredOnceEach_OneAfterTheOther()
    {
        using var recorder = new TelemetryRecorder();

        await RunAsync(reference: 0);

        Assert.Equal([Model], recorder.Of("pythia.fetch.duration").Select(stage => stage.Labels));
        Assert.Equal([Model], recorder.Of("pythia.load.duration").Select(stage => stage.Labels));
        string[] analyses = ["weight-moments", "weight-distance"];
        Assert.Equal(analyses, recorder.Of("pythia.compute.duration").Select(stage => stage.Labels));
        Assert.Equal(analyses, recorder.Of("pythia.commit.duration").Select(stage => stage.Labels));
        Assert.Equal(
            [
                "+fetch", "-fetch", "+load", "-load",
                "+compute", "-compute", "+commit", "-commit", "+compute", "-compute", "+commit", "-commit",
            ],
            recorder.Spans);
    }

    [Fact]
    public async Task Results_AreCountedByOutcome_WithTheirBytes()
    {
        using var recorder = new TelemetryRecorder();

        var sweep = await RunAsync(reference: 99); // there is no such step, so that the distance fails

        Assert.Equal(
            [(1, $"{Model} weight-moments committed"), (1, $"{Model} weight-distance failed")], recorder.Of("pythia.results"));
        var file = Path.Combine(_suite.Store("store"), new ResultKey(new CheckpointId(Model, 10), sweep.Analyses[0]).Path);
        Assert.Equal([(new FileInfo(file).Length, "weight-moments")], recorder.Of("pythia.result"));
        Assert.Equal([(10, Model)], recorder.Of("pythia.measured.step"));
    }

    [Fact]
    public async Task Settings_ThatNoForwardPassKnows_AreToldOfWhenWeightsAreMeasured()
    {
        var config = Path.Combine(Path.GetDirectoryName(_suite.WeightsOf(Model, 10))!, "config.json");
        var written = await File.ReadAllTextAsync(config, TestContext.Current.CancellationToken);
        var changed = written.Replace("\"vocab_size\"", "\"attn_logit_softcapping\":50,\"vocab_size\"", StringComparison.Ordinal);
        await File.WriteAllTextAsync(config, changed, TestContext.Current.CancellationToken);

        using var notices = new Notices();
        await RunAsync(reference: 0);

        var expected = $"{Model}: config.json has attn_logit_softcapping";
        Assert.Single(notices.Told, notice => notice.StartsWith(expected, StringComparison.Ordinal));
    }

    public void Dispose() => _suite.Dispose();

    // Moments and distance of step 10.
    private async Task<SweepSpec> RunAsync(int reference)
    {
        var sweep = TinySweep.Of(
            _suite,
            reference,
            stride: null,
            new WeightMomentsAnalysis().Description.Id,
            new WeightDistanceAnalysis(new AnalysisSettings(reference, null)).Description.Id);
        var runner = TinySweep.Runner(_suite, new ResultStore(BlobStores.Open(_suite.Store("store"))));
        var task = new TaskId("some", new CheckpointId(Model, 10));
        await using var prepared = await runner.PrepareAsync(task, sweep, sweep.Analyses, TestContext.Current.CancellationToken);
        prepared.Run(1, "cpu", TestContext.Current.CancellationToken);
        return sweep;
    }
}
