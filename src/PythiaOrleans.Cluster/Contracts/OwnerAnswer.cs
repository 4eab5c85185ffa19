namespace PythiaOrleans.Cluster.Contracts;

/// <summary>What the owner of a checkpoint answers to a report.</summary>
/// <param name="Verdict">For the dispatcher.</param>
/// <param name="Outcome">For the coordinator of the sweep; null while the shard is open.</param>
/// <param name="Delay">For the coordinator, too: that the shard waits for store or source; null where it does not.</param>
[GenerateSerializer, Immutable, Alias("pythia.owner-answer")]
public sealed record OwnerAnswer(
    [property: Id(0)] ShardVerdict Verdict, [property: Id(1)] TaskOutcome? Outcome, [property: Id(2)] TaskDelay? Delay = null);
