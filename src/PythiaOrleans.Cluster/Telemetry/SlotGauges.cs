using System.Diagnostics.Metrics;
using PythiaOrleans.Cluster.Contracts;
using PythiaOrleans.Core.Telemetry;

namespace PythiaOrleans.Cluster.Telemetry;

/// <summary>What a worker's slots do.</summary>
internal sealed class SlotGauges : IDisposable
{
    private static readonly Counter<double> Busy = PythiaInstruments.Meter.CreateCounter<double>("pythia.slot.busy", "s",
        "Seconds in which a slot computed. Its rate is the slot's utilisation.");
    private static readonly Counter<long> Finished = PythiaInstruments.Meter.CreateCounter<long>("pythia.tasks.finished",
        description: "Tasks that left a slot, by outcome.");

    private static readonly Counter<long> Stalled = PythiaInstruments.Meter.CreateCounter<long>("pythia.tasks.stalled",
        description: "Tasks that were stopped because they made no progress.");

    private readonly Meter _meter = new(PythiaInstruments.Name);

    /// <param name="slots">Tasks that may run at once.</param>
    /// <param name="running">Tasks that do.</param>
    /// <param name="held">Tasks fetched, waiting or running.</param>
    /// <param name="oldest">The time since the oldest task in a slot began.</param>
    public SlotGauges(int slots, Func<int> running, Func<int> held, Func<TimeSpan> oldest)
    {
        Stalled.Add(0); // or the first one would be no increase
        _meter.CreateObservableGauge("pythia.task.oldest.age", () => oldest().TotalSeconds, "s",
            "Time since the oldest task in a slot of this worker was begun; 0 where none is.");
        _meter.CreateObservableGauge("pythia.slots", () => slots, description: "Slots of this worker.");
        _meter.CreateObservableGauge("pythia.slots.busy", running, description: "Slots that compute.");
        _meter.CreateObservableGauge("pythia.tasks.held", held, description: "Tasks that this worker fetches, keeps ready or computes.");
    }

    /// <param name="slot">From 0.</param>
    /// <param name="seconds">How long the slot was taken.</param>
    /// <param name="report">What came of it; null where the task was handed back or lost.</param>
    public static void OnFinished(int slot, double seconds, TaskReport? report)
    {
        Busy.Add(seconds, new KeyValuePair<string, object?>("slot", slot));
        Finished.Add(1,
            new KeyValuePair<string, object?>("outcome",
            report switch { null => "returned", { Failure: null } => "committed", _ => "failed" }));
    }

    public static void OnStalled() => Stalled.Add(1);

    public void Dispose() => _meter.Dispose();
}
