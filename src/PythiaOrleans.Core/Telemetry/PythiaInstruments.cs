using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace PythiaOrleans.Core.Telemetry;

/// <summary>
/// The one name under which the software measures and traces itself. Tags come from short closed lists; steps, shards and paths go to the
/// log.
/// </summary>
public static class PythiaInstruments
{
    /// <summary>Name of the meter and of the activity source.</summary>
    public const string Name = "PythiaOrleans";

    /// <summary>Counters and durations of this process.</summary>
    public static Meter Meter { get; } = new(Name);

    /// <summary>Spans of tasks, from lease to commit.</summary>
    public static ActivitySource Source { get; } = new(Name);

    /// <summary>A duration in seconds, from milliseconds to hours.</summary>
    public static Histogram<double> Duration(string name, string description) => Meter.CreateHistogram(
        name, unit: "s", description, advice: new InstrumentAdvice<double>
        {
            HistogramBucketBoundaries = [0.01, 0.1, 0.5, 1, 5, 15, 60, 300, 1800, 7200],
        });
}
