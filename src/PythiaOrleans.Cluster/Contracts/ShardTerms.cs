using PythiaOrleans.Core.Ids;

namespace PythiaOrleans.Cluster.Contracts;

/// <summary>What a sweep wants of each of its shards.</summary>
/// <param name="Wanted">The sweep's analyses.</param>
/// <param name="MaxAttempts">How often a failing analysis is tried.</param>
[GenerateSerializer, Immutable, Alias("pythia.shard-terms")]
public sealed record ShardTerms([property: Id(0)] IReadOnlyList<AnalysisId> Wanted, [property: Id(1)] int MaxAttempts);
