using PythiaOrleans.Core.Ids;

namespace PythiaOrleans.Cluster.Contracts;

/// <summary>How a failed task is tried again.</summary>
/// <param name="Analyses">What it still has to compute.</param>
/// <param name="After">The wait before it may be leased.</param>
/// <param name="Attempts">How often it failed by its own fault.</param>
/// <param name="Delays">How often store or source were unavailable under it.</param>
/// <param name="Deaths">How often its worker died while computing it.</param>
[GenerateSerializer, Immutable, Alias("pythia.task-retry")]
public sealed record TaskRetry(
    [property: Id(0)] IReadOnlyList<AnalysisId> Analyses,
    [property: Id(1)] TimeSpan After,
    [property: Id(2)] int Attempts,
    [property: Id(3)] int Delays,
    [property: Id(4)] int Deaths);
