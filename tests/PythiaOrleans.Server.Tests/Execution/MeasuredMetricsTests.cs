using PythiaOrleans.Core.Ids;
using PythiaOrleans.Core.Tables;
using PythiaOrleans.Server.Execution;

namespace PythiaOrleans.Server.Tests;

/// <summary>What the dashboard's row on the science so far reads.</summary>
public sealed class MeasuredMetricsTests
{
    private sealed record Stream(
        [property: Column("largest |x|")] double MaxAbs, [property: Column("loss")] double Loss, [property: Column("NaN")] long NonFinite);

    private sealed record Weight([property: Column("largest |w|")] double MaxAbs, [property: Column("NaN")] long NonFinite);

    [Fact]
    public void Tables_ThatAreCommitted_ShowTheirExtremesAndTheLoss()
    {
        var checkpoint = new CheckpointId("measured-model", 3000);
        using var recorder = new TelemetryRecorder();
        Commit(checkpoint, "residual-stream", [new Stream(2, 3.5, 0), new Stream(17, 3.5, 2)]);
        Commit(checkpoint, "weight-moments", [new Weight(0.5, 1), new Weight(0.25, 1)]);
        Commit(checkpoint, "weight-distance", [new Weight(99, 99)]); // shows nothing of itself

        Assert.Equal([(17, checkpoint.Model)], recorder.Of("pythia.measured.largest.activation"));
        Assert.Equal([(3.5, checkpoint.Model)], recorder.Of("pythia.measured.loss"));
        Assert.Equal([(0.5, checkpoint.Model)], recorder.Of("pythia.measured.largest.weight"));
        Assert.Equal([(3000, checkpoint.Model), (3000, checkpoint.Model)], recorder.Of("pythia.measured.step"));
        Assert.Equal([2, 2], recorder.Of("pythia.measured.nonfinite").Select(count => count.Value));
    }

    private static void Commit<T>(CheckpointId checkpoint, string analysis, IEnumerable<T> rows)
        where T : notnull =>
        MeasuredMetrics.OnCommitted(
            checkpoint, AnalysisId.Create(analysis, 1, new Dictionary<string, string>()), ResultTable.From(checkpoint, rows));
}
