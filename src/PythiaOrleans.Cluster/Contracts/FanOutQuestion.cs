using PythiaOrleans.Core.Ids;
using PythiaOrleans.Core.Sweeps;

namespace PythiaOrleans.Cluster.Contracts;

/// <summary>The dispatcher asks the owner of a checkpoint: devices are idle, into which parts should this task be divided?</summary>
/// <param name="Number">Answers to earlier questions about the same task are late.</param>
/// <param name="Task">The task; no worker holds it meanwhile.</param>
/// <param name="Sweep">Its sweep.</param>
/// <param name="Analyses">What the task is to compute.</param>
/// <param name="MaxParts">How many devices wait for it.</param>
[GenerateSerializer, Immutable, Alias("pythia.fan-out-question")]
public sealed record FanOutQuestion(
    [property: Id(0)] long Number,
    [property: Id(1)] TaskId Task,
    [property: Id(2)] SweepSpec Sweep,
    [property: Id(3)] IReadOnlyList<AnalysisId> Analyses,
    [property: Id(4)] int MaxParts);
