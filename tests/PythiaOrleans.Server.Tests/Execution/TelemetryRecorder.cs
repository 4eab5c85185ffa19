using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using PythiaOrleans.Core.Telemetry;

namespace PythiaOrleans.Server.Tests;

/// <summary>What the code that a test calls measures and traces, without what other tests do at the same time.</summary>
internal sealed class TelemetryRecorder : IDisposable
{
    private static readonly AsyncLocal<TelemetryRecorder?> Current = new();

    private readonly ConcurrentQueue<Measurement> _measurements = [];
    private readonly ConcurrentQueue<string> _spans = [];
    private readonly MeterListener _meters = new();
    private readonly ActivityListener _activities = new();

    public TelemetryRecorder()
    {
        Current.Value = this;
        _meters.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter == PythiaInstruments.Meter)
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _meters.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Keep(instrument, value, tags));
        _meters.SetMeasurementEventCallback<int>((instrument, value, tags, _) => Keep(instrument, value, tags));
        _meters.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Keep(instrument, value, tags));
        _meters.Start();

        _activities.ShouldListenTo = source => source == PythiaInstruments.Source;
        _activities.Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData;
        _activities.ActivityStarted = activity => Keep($"+{activity.OperationName}");
        _activities.ActivityStopped = activity => Keep($"-{activity.OperationName}");
        ActivitySource.AddActivityListener(_activities);
    }

    /// <summary>The beginnings (+) and ends (-) of spans, in their order.</summary>
    public IReadOnlyList<string> Spans => [.. _spans];

    /// <summary>The values of one instrument, with the values of their labels.</summary>
    public IReadOnlyList<(double Value, string Labels)> Of(string instrument) =>
        [.. _measurements.Where(measured => measured.Instrument == instrument).Select(measured => (measured.Value, measured.Labels))];

    public void Dispose()
    {
        _meters.Dispose();
        _activities.Dispose();
        Current.Value = null;
    }

    private void Keep(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        if (Current.Value == this)
        {
            _measurements.Enqueue(new Measurement(
                instrument.Name, value, string.Join(' ', tags.ToArray().Select(tag => tag.Value))));
        }
    }

    private void Keep(string span)
    {
        if (Current.Value == this)
        {
            _spans.Enqueue(span);
        }
    }

    private sealed record Measurement(string Instrument, double Value, string Labels);
}
