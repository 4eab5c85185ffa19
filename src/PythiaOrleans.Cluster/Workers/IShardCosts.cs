using PythiaOrleans.Cluster.Scheduling;
using PythiaOrleans.Core.Sweeps;

namespace PythiaOrleans.Cluster.Workers;

/// <summary>Estimates what computing takes; the dispatcher divides large shards by it. The cluster itself knows no tensors.</summary>
public interface IShardCosts
{
    /// <summary>
    /// The cost of any checkpoint of a model; null where nothing is known, and then nothing is divided. Called while workers wait: it
    /// must be quick.
    /// </summary>
    ShardCost? Find(SweepSpec sweep, string model);

    /// <summary>
    /// How large a model's checkpoints are beside those of other models, for example its number of parameters; 0 where nothing is
    /// known. Larger ones are handed out first.
    /// </summary>
    long SizeOf(string model);
}

/// <summary>Knows nothing: every shard stays one task.</summary>
internal sealed class UnknownCosts : IShardCosts
{
    public ShardCost? Find(SweepSpec sweep, string model) => null;

    public long SizeOf(string model) => 0;
}
