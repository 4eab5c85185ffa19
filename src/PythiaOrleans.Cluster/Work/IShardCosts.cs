using PythiaOrleans.Results;

namespace PythiaOrleans.Cluster;

/// <summary>Estimates what computing takes; the dispatcher divides large shards by it. The cluster itself knows no tensors.</summary>
public interface IShardCosts
{
    /// <summary>The cost of any checkpoint of a model; null where nothing is known, and then nothing is divided. Called while workers wait: it must be quick.</summary>
    ShardCost? Find(SweepSpec sweep, string model);
}

/// <summary>Knows nothing: every shard stays one task.</summary>
internal sealed class UnknownCosts : IShardCosts
{
    public ShardCost? Find(SweepSpec sweep, string model) => null;
}
