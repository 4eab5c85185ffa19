using PythiaOrleans.Checkpoints;

namespace PythiaOrleans.Silo;

/// <summary>What one shard takes on one core, from two measured rates; <c>bench/</c> prints them anew.</summary>
internal static class CostModel
{
    /// <summary>Bytes of half-precision weights a second through hashing, counting and distances.</summary>
    private const double BytesPerSecond = 0.7e9;

    /// <summary>Fixed cost of a shard: opening, encoding and committing its tables.</summary>
    private const double SecondsPerShard = 0.022;

    /// <summary>The fits and quantiles of one matrix, whatever its size.</summary>
    private const double SecondsPerMatrix = 0.0022;

    private const int MatricesPerBlock = 4;

    // Six components are fitted once more pooled over their blocks.
    private const int PooledMatrices = 6;

    /// <summary>Core-seconds of one shard.</summary>
    public static TimeSpan Estimate(long bytes, ModelShape shape) => TimeSpan.FromSeconds(
        SecondsPerShard + (bytes / BytesPerSecond) + (SecondsPerMatrix * ((MatricesPerBlock * shape.Blocks) + PooledMatrices)));
}
