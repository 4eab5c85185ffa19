using PythiaOrleans.Cluster.Contracts;

namespace PythiaOrleans.Cluster.Scheduling;

/// <summary>What owners of checkpoints are to be asked or told, and which workers should ask again.</summary>
/// <param name="Questions">Shards that idle devices could share.</param>
/// <param name="Reports">
/// Tasks whose worker died or left, or that another sweep's task has completed; each goes to its owner as a report.
/// </param>
/// <param name="Freed">Workers that were refused a task because of those that they held, and of which one has ended since.</param>
public sealed record DispatcherDecisions(
    IReadOnlyList<FanOutQuestion> Questions, IReadOnlyList<TaskReport> Reports, IReadOnlyList<string> Freed);
