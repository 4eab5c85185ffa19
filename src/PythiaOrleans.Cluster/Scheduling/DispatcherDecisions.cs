using PythiaOrleans.Cluster.Contracts;

namespace PythiaOrleans.Cluster.Scheduling;

/// <summary>What the dispatcher wants to be told by owners of checkpoints.</summary>
/// <param name="Questions">Shards that idle devices could share.</param>
/// <param name="Reports">Tasks whose worker died, or that another sweep's task has completed; each goes to its owner as a report.</param>
public sealed record DispatcherDecisions(IReadOnlyList<FanOutQuestion> Questions, IReadOnlyList<TaskReport> Reports);
