using PythiaOrleans.Core.Ids;

namespace PythiaOrleans.Cluster.Contracts;

/// <summary>One part of a shard that is computed in several.</summary>
/// <param name="Analyses">What it computes.</param>
/// <param name="Share">Its share of the whole's time, from 0 to 1.</param>
[GenerateSerializer, Immutable, Alias("pythia.shard-part")]
public sealed record ShardPart([property: Id(0)] IReadOnlyList<AnalysisId> Analyses, [property: Id(1)] double Share);
