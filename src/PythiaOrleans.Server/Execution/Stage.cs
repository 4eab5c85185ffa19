using System.Diagnostics;
using System.Diagnostics.Metrics;
using PythiaOrleans.Core.Ids;
using PythiaOrleans.Core.Telemetry;
using PythiaOrleans.Numerics.Distributions;

namespace PythiaOrleans.Server.Execution;

/// <summary>One stage of a task: its duration and its span, from creation to the first disposal.</summary>
internal sealed class Stage : IDisposable
{
    private static readonly Histogram<double> FetchDuration = PythiaInstruments.Duration(
        "pythia.fetch.duration", "Bringing a task's files to this machine.");
    private static readonly Histogram<double> LoadDuration = PythiaInstruments.Duration(
        "pythia.load.duration", "Opening and verifying a task's files.");
    private static readonly Histogram<double> ComputeDuration = PythiaInstruments.Duration(
        "pythia.compute.duration", "Computing one analysis of one shard.");
    private static readonly Histogram<double> CommitDuration = PythiaInstruments.Duration(
        "pythia.commit.duration", "Encoding and storing one result.");

    private readonly Histogram<double> _duration;
    private readonly KeyValuePair<string, object?> _tag;
    private readonly Activity? _span;
    private readonly long _started;
    private bool _ended;

    private Stage(string name, Histogram<double> duration, KeyValuePair<string, object?> tag)
    {
        (_duration, _tag) = (duration, tag);
        _span = PythiaInstruments.Source.StartActivity(name)?.SetTag($"pythia.{tag.Key}", tag.Value);
        _started = Stopwatch.GetTimestamp();
    }

    public static Stage Fetch(CheckpointId checkpoint) => new("fetch", FetchDuration, new("model", checkpoint.Model));

    public static Stage Load(CheckpointId checkpoint) => new("load", LoadDuration, new("model", checkpoint.Model));

    public static Stage Compute(AnalysisId analysis) => new("compute", ComputeDuration, new("analysis", analysis.Name));

    public static Stage Commit(AnalysisId analysis) => new("commit", CommitDuration, new("analysis", analysis.Name));

    public void Dispose()
    {
        if (_ended)
        {
            return;
        }

        _ended = true;
        _duration.Record(Stopwatch.GetElapsedTime(_started).TotalSeconds, _tag);
        _span?.Dispose();
    }
}
