using System.Diagnostics.Metrics;
using PythiaOrleans.Cluster.Contracts;
using PythiaOrleans.Cluster.Telemetry;

namespace PythiaOrleans.Cluster.Tests;

/// <summary>Which sweeps the gauges show, and when they say that one ends.</summary>
public sealed class SweepGaugesTests
{
    [Fact]
    public void Show_OfMoreSweepsThanFit_WaitsForOneThatHasEnded()
    {
        using var gauges = new SweepGauges();
        for (var i = 0; i <= SweepGauges.MaxSweeps; i++)
        {
            gauges.Show(Snapshot($"bounded-{i}", SweepState.Running));
        }

        Assert.Equal(Enumerable.Range(0, SweepGauges.MaxSweeps).Select(i => $"bounded-{i}"), Shown());

        gauges.Show(Snapshot("bounded-2", SweepState.Completed));
        gauges.Show(Snapshot("bounded-6", SweepState.Running));

        Assert.Equal(["bounded-0", "bounded-1", "bounded-3", "bounded-4", "bounded-5", "bounded-6"], Shown());
    }

    [Fact]
    public void RemainingSeconds_FollowThePaceOfTheLastMinutes()
    {
        var pace = new SweepPace();
        Assert.Null(pace.RemainingSeconds(100));
        pace.Note(TimeSpan.Zero, 0);
        Assert.Null(pace.RemainingSeconds(100));
        pace.Note(TimeSpan.FromMinutes(1), 60);
        Assert.Equal(100, pace.RemainingSeconds(100)!.Value, precision: 9); // one a second
        Assert.Equal(0, pace.RemainingSeconds(0));

        // Twice as fast from here on: after ten minutes the first pace is forgotten.
        for (var minute = 2; minute <= 12; minute++)
        {
            pace.Note(TimeSpan.FromMinutes(minute), 60 + ((minute - 1) * 120));
        }

        Assert.Equal(50, pace.RemainingSeconds(100)!.Value, precision: 9);
    }

    [Fact]
    public void RemainingSeconds_OfASweepThatStandsStill_AreUnknown()
    {
        var pace = new SweepPace();
        pace.Note(TimeSpan.Zero, 5);
        pace.Note(TimeSpan.FromMinutes(1), 5);
        Assert.Null(pace.RemainingSeconds(100));
    }

    private static SweepSnapshot Snapshot(string sweep, SweepState state) => new(sweep, state, 0, null, [], []);

    private static List<string> Shown()
    {
        var shown = new List<string>();
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, self) =>
            {
                if (instrument.Name == "pythia.sweep.state")
                {
                    self.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<int>((_, _, tags, _) => shown.Add((string)tags[0].Value!));
        listener.Start();
        listener.RecordObservableInstruments();
        return [.. shown.Where(name => name.StartsWith("bounded-", StringComparison.Ordinal)).Order(StringComparer.Ordinal)];
    }
}
