using System.Text.Json.Nodes;

namespace PythiaOrleans.Bench.Gpu;

/// <summary>What became of a stage.</summary>
/// <param name="Name">The stage's.</param>
/// <param name="Question">The stage's.</param>
/// <param name="Verdict">passed, failed, crashed (a signal ended it), stopped (its time was over) or not run.</param>
/// <param name="Seconds">How long it ran.</param>
/// <param name="LimitSeconds">How long it was allowed to.</param>
/// <param name="ExitCode">Of its process; null where none ended.</param>
/// <param name="Numbers">What it had measured by then.</param>
/// <param name="LastLines">The end of what it printed.</param>
internal sealed record StageResult(
    string Name,
    string Question,
    string Verdict,
    double Seconds,
    double LimitSeconds,
    int? ExitCode,
    JsonNode? Numbers,
    IReadOnlyList<string> LastLines);
