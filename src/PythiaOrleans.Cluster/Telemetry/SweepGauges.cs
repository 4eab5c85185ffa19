using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using PythiaOrleans.Cluster.Contracts;
using PythiaOrleans.Core.Telemetry;

namespace PythiaOrleans.Cluster.Telemetry;

/// <summary>Where the sweeps stand whose coordinators live on this silo.</summary>
/// <remarks>
/// A step is no label: 143 steps of six models in four states would be thousands of series. A model's steps are shown in <see
/// cref="Parts"/> parts of equal size,
/// which bounds a sweep's series whatever its length, and at most <see cref="MaxSweeps"/> sweeps are shown; one that has ended makes
/// room for one that runs.
/// </remarks>
internal sealed class SweepGauges : IDisposable
{
    /// <summary>Parts of a model's steps in the map.</summary>
    public const int Parts = 16;

    /// <summary>Sweeps that are shown at the same time.</summary>
    public const int MaxSweeps = 6;

    private readonly Lock _changing = new();
    private readonly ConcurrentDictionary<string, SweepSnapshot> _shown = new(StringComparer.Ordinal);
    private Meter _meter;

    public SweepGauges() => _meter = Create();

    /// <summary>Those of this process: coordinators come and go, and an exporter must not meet one name in two meters.</summary>
    public static SweepGauges OfProcess { get; } = new();

    public void Show(SweepSnapshot snapshot)
    {
        lock (_changing)
        {
            if (!_shown.ContainsKey(snapshot.Sweep) && _shown.Count >= MaxSweeps)
            {
                if (_shown.Values.FirstOrDefault(sweep => sweep.State >= SweepState.Completed) is not { } ended)
                {
                    return;
                }

                Forget(ended.Sweep);
            }

            _shown[snapshot.Sweep] = snapshot;
        }
    }

    /// <summary>The coordinator left this silo: what it said last would be shown until the silo ends.</summary>
    public void Forget(string sweep)
    {
        lock (_changing)
        {
            if (_shown.TryRemove(sweep, out _))
            {
                // An exporter repeats the last value of tags that no longer come, as long as their meter lives.
                _meter.Dispose();
                _meter = Create();
            }
        }
    }

    public void Dispose() => _meter.Dispose();

    private Meter Create()
    {
        var meter = new Meter(PythiaInstruments.Name);
        meter.CreateObservableGauge("pythia.sweep.shards", () => _shown.Values.SelectMany(Shards),
            description: "Shards of a sweep, by model and state.");
        meter.CreateObservableGauge("pythia.sweep.running.tasks", () =>
            _shown.Values.Select(sweep => new Measurement<int>(sweep.Running, Sweep(sweep))),
            description: "Tasks of a sweep that workers hold.");
        meter.CreateObservableGauge("pythia.sweep.state", () =>
            _shown.Values.Select(sweep => new Measurement<int>((int)sweep.State, Sweep(sweep))),
            description: "What a sweep is doing: 0 idle, 1 planning, 2 running, 3 paused, 4 finishing, "
                + "5 completed, 6 completed with failures, 7 cancelled.");
        meter.CreateObservableGauge("pythia.sweep.remaining", () => _shown.Values.Where(sweep => sweep.RemainingSeconds is not null).Select(
            sweep => new Measurement<double>(sweep.RemainingSeconds!.Value, Sweep(sweep))), "s",
                "Estimated time until every shard has ended, from the pace of the last ten minutes.");
        meter.CreateObservableGauge("pythia.sweep.part.done.ratio", () => _shown.Values.SelectMany(PartsOf), "1",
            "Share of a part of a model's steps that is done.");
        meter.CreateObservableGauge("pythia.sweep.problem", () => _shown.Values.Select(
            sweep => new Measurement<int>(sweep.HasProblem ? 1 : 0, Sweep(sweep))),
            description: "1 where something went wrong that no shard is to blame for: a series that could not be written.");
        meter.CreateObservableGauge("pythia.sweep.delayed.shards", () => _shown.Values.Select(
            sweep => new Measurement<int>(sweep.Delayed, Sweep(sweep))),
            description: "Shards that wait because store or source are unavailable.");
        return meter;
    }

    private static IEnumerable<Measurement<int>> Shards(SweepSnapshot sweep) =>
        sweep.Shards.Select(count =>
            new Measurement<int>(count.Shards, Sweep(sweep), new("model", count.Model), new("state", count.State)));

    private static IEnumerable<Measurement<double>> PartsOf(SweepSnapshot sweep) =>
        sweep.Parts.Select(part => new Measurement<double>(part.Ratio, Sweep(sweep), new("model", part.Model), new("steps", part.Steps)));

    private static KeyValuePair<string, object?> Sweep(SweepSnapshot sweep) => new("sweep", sweep.Sweep);
}
