using System.Diagnostics.Metrics;
using PythiaOrleans.Core.Ids;
using PythiaOrleans.Core.Telemetry;

namespace PythiaOrleans.Server.Execution;

/// <summary>Counts results, one for each analysis of a shard.</summary>
internal static class ResultMetrics
{
    private static readonly Counter<long> Results = PythiaInstruments.Meter.CreateCounter<long>(
        "pythia.results", description: "Analyses of shards that ended, by outcome.");
    private static readonly Counter<long> Stored = PythiaInstruments.Meter.CreateCounter<long>(
        "pythia.result", "By", "Bytes of results, encoded.");

    public static void OnCommitted(CheckpointId checkpoint, AnalysisId analysis, int bytes)
    {
        Count(checkpoint, analysis, "committed");
        Stored.Add(bytes, new KeyValuePair<string, object?>("analysis", analysis.Name));
    }

    public static void OnFailed(CheckpointId checkpoint, AnalysisId analysis) => Count(checkpoint, analysis, "failed");

    private static void Count(CheckpointId checkpoint, AnalysisId analysis, string outcome) =>
        Results.Add(1, new("model", checkpoint.Model), new("analysis", analysis.Name), new("outcome", outcome));
}
