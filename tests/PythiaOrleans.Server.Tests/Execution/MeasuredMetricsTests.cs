using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using PythiaOrleans.Core.Ids;
using PythiaOrleans.Core.Tables;
using PythiaOrleans.Core.Telemetry;
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
        var seen = Record(() =>
        {
            Commit(checkpoint, "residual-stream", [new Stream(2, 3.5, 0), new Stream(17, 3.5, 2)]);
            Commit(checkpoint, "weight-moments", [new Weight(0.5, 1), new Weight(0.25, 0)]);
            Commit(checkpoint, "weight-distance", [new Weight(99, 99)]); // shows nothing of itself
        });
        Assert.Equal(17, seen["pythia.measured.largest.activation"]);
        Assert.Equal(3.5, seen["pythia.measured.loss"]);
        Assert.Equal(0.5, seen["pythia.measured.largest.weight"]);
        Assert.Equal(3000, seen["pythia.measured.step"]);
        Assert.Equal(3, seen["pythia.measured.nonfinite"]);
    }

    private static void Commit<T>(CheckpointId checkpoint, string analysis, IEnumerable<T> rows)
        where T : notnull =>
        MeasuredMetrics.OnCommitted(
            checkpoint, AnalysisId.Create(analysis, 1, new Dictionary<string, string>()), ResultTable.From(checkpoint, rows));

    // The last value of a gauge and the sum of a counter, of this test's model alone.
    private static ConcurrentDictionary<string, double> Record(Action act)
    {
        var seen = new ConcurrentDictionary<string, double>();
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, listening) =>
            {
                if (instrument.Meter == PythiaInstruments.Meter)
                {
                    listening.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Keep(instrument, value, tags));
        listener.SetMeasurementEventCallback<int>((instrument, value, tags, _) => Keep(instrument, value, tags));
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Keep(instrument, value, tags));
        listener.Start();
        act();
        return seen;

        void Keep(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
            if (tags.Length > 0 && (string?)tags[0].Value == "measured-model")
            {
                seen.AddOrUpdate(instrument.Name, value, (_, before) => instrument is Counter<long> ? before + value : value);
            }
        }
    }
}
