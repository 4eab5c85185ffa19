namespace PythiaOrleans.Cluster.Contracts;

/// <summary>What the owner of a checkpoint answers to a report.</summary>
/// <param name="Verdict">For the dispatcher.</param>
/// <param name="Outcome">For the coordinator of the sweep; null while the shard is open.</param>
[GenerateSerializer, Immutable, Alias("pythia.owner-answer")]
public sealed record OwnerAnswer([property: Id(0)] ShardVerdict Verdict, [property: Id(1)] TaskOutcome? Outcome);
