using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using PythiaOrleans.Checkpoints;

namespace PythiaOrleans.Cluster;

/// <summary>Where the sweeps stand whose coordinators live on this silo.</summary>
/// <remarks>
/// A step is no label: 143 steps of six models in four states would be thousands of series. A model's steps are shown in <see cref="Parts"/> parts of equal size,
/// which bounds a sweep's series whatever its length, and only the <see cref="MostSweeps"/> sweeps that were looked at last are shown.
/// </remarks>
internal static class SweepGauges
{
    /// <summary>Parts of a model's steps in the map.</summary>
    public const int Parts = 16;

    /// <summary>Sweeps that are shown at the same time.</summary>
    public const int MostSweeps = 6;

    private static readonly Lock Changing = new();
    private static readonly ConcurrentDictionary<string, SweepSnapshot> Shown = new(StringComparer.Ordinal);
    private static readonly ConcurrentQueue<string> Order = new();
    private static Meter _meter = Create();

    public static void Show(SweepSnapshot snapshot)
    {
        if (Shown.ContainsKey(snapshot.Sweep))
        {
            Shown[snapshot.Sweep] = snapshot;
            return;
        }

        Order.Enqueue(snapshot.Sweep);
        Shown[snapshot.Sweep] = snapshot;
        while (Shown.Count > MostSweeps && Order.TryDequeue(out var oldest))
        {
            Forget(oldest);
        }
    }

    /// <summary>The coordinator left this silo: what it said last would stay on show for ever.</summary>
    public static void Forget(string sweep)
    {
        if (Shown.TryRemove(sweep, out _))
        {
            // An exporter repeats the last value of tags that no longer come, as long as their meter lives.
            lock (Changing)
            {
                _meter.Dispose();
                _meter = Create();
            }
        }
    }

    private static Meter Create()
    {
        var meter = new Meter(PythiaInstruments.Name);
        meter.CreateObservableGauge("pythia.sweep.shards", () => Shown.Values.SelectMany(Shards), description: "Shards of a sweep, by model and state.");
        meter.CreateObservableGauge("pythia.sweep.running.tasks", () => Shown.Values.Select(sweep => new Measurement<int>(sweep.Running, Sweep(sweep))), description: "Tasks of a sweep that workers hold.");
        meter.CreateObservableGauge("pythia.sweep.state", () => Shown.Values.Select(sweep => new Measurement<int>((int)sweep.State, Sweep(sweep))),
            description: "What a sweep is doing: 0 idle, 1 planning, 2 running, 3 paused, 4 finishing, 5 completed, 6 completed with failures, 7 cancelled.");
        meter.CreateObservableGauge("pythia.sweep.remaining", () => Shown.Values.Where(sweep => sweep.RemainingSeconds is not null).Select(
            sweep => new Measurement<double>(sweep.RemainingSeconds!.Value, Sweep(sweep))), "s", "Estimated time until every shard has ended, from the pace of the last ten minutes.");
        meter.CreateObservableGauge("pythia.sweep.part.done.ratio", () => Shown.Values.SelectMany(PartsOf), "1", "Share of a part of a model's steps that is done.");
        return meter;
    }

    private static IEnumerable<Measurement<int>> Shards(SweepSnapshot sweep) =>
        sweep.Shards.Select(count => new Measurement<int>(count.Shards, Sweep(sweep), new("model", count.Model), new("state", count.State)));

    private static IEnumerable<Measurement<double>> PartsOf(SweepSnapshot sweep) =>
        sweep.Parts.Select(part => new Measurement<double>(part.Ratio, Sweep(sweep), new("model", part.Model), new("steps", part.Steps)));

    private static KeyValuePair<string, object?> Sweep(SweepSnapshot sweep) => new("sweep", sweep.Sweep);
}
