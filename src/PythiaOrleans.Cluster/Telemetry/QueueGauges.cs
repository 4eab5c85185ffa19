using System.Diagnostics.Metrics;
using PythiaOrleans.Cluster.Scheduling;
using PythiaOrleans.Core.Telemetry;

namespace PythiaOrleans.Cluster.Telemetry;

/// <summary>How much the dispatcher has to hand out. Only the silo that hosts it shows these.</summary>
internal sealed class QueueGauges : IDisposable
{
    // Its own meter, under the common name: a gauge disappears only with its meter.
    private readonly Meter _meter = new(PythiaInstruments.Name);
    private volatile int _queued;
    private volatile int _leased;
    private volatile int _paused;
    private volatile int _workers;

    public QueueGauges()
    {
        _meter.CreateObservableGauge("pythia.queue.tasks", Observe,
            description: "Tasks that have not ended: queued for a worker, leased to one, or paused.");
        _meter.CreateObservableGauge("pythia.queue.workers", () => _workers, description: "Workers that the dispatcher hears of.");
    }

    /// <summary>Takes the numbers over; the exporter reads them on a thread of its own.</summary>
    public void Publish(Dispatcher dispatcher)
    {
        (_leased, _paused, _workers) = (dispatcher.Leased, dispatcher.Paused, dispatcher.Workers.Count);
        _queued = Math.Max(0, dispatcher.Open - _leased - _paused);
    }

    public void Dispose() => _meter.Dispose();

    private Measurement<int>[] Observe() => [State(_queued, "queued"), State(_leased, "leased"), State(_paused, "paused")];

    private static Measurement<int> State(int tasks, string state) => new(tasks, new KeyValuePair<string, object?>("state", state));
}
