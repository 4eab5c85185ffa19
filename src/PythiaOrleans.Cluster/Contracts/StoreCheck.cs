namespace PythiaOrleans.Cluster.Contracts;

/// <summary>What a cluster says of its store, so that a client can compare it with its own.</summary>
/// <param name="Name">The store, as its silos name it.</param>
/// <param name="Holds">Whether it holds the blob that was asked about.</param>
[GenerateSerializer, Immutable, Alias("pythia.store-check")]
public sealed record StoreCheck([property: Id(0)] string Name, [property: Id(1)] bool Holds);
