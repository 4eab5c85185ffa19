using System.Text.Json.Nodes;

namespace PythiaOrleans.Bench.Gpu;

/// <summary>One stage's part of the report.</summary>
/// <param name="Name">The stage's.</param>
/// <param name="Question">What it answers.</param>
/// <param name="Verdict">How it ended.</param>
/// <param name="Seconds">How long it took.</param>
/// <param name="BudgetSeconds">How long it might have taken.</param>
/// <param name="ExitCode">Of its process; null where it was stopped.</param>
/// <param name="Failures">What differed from what was expected.</param>
/// <param name="Facts">What it found, by name.</param>
internal sealed record StageResult(
    string Name,
    string Question,
    Verdict Verdict,
    double Seconds,
    double BudgetSeconds,
    int? ExitCode,
    IReadOnlyList<string> Failures,
    JsonObject Facts);
