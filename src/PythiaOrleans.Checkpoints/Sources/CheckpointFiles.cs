using PythiaOrleans.Checkpoints.Loading;
using PythiaOrleans.Core.Ids;

namespace PythiaOrleans.Checkpoints.Sources;

/// <summary>The files of one checkpoint on this machine's disk.</summary>
/// <param name="Checkpoint">Which one.</param>
/// <param name="Config">The path of its <c>config.json</c>.</param>
/// <param name="Weights">The paths of its weight files, in the order of their names.</param>
/// <param name="Tokenizer">The path of its <c>tokenizer.json</c>, where there is one.</param>
public sealed record CheckpointFiles(CheckpointId Checkpoint, string Config, IReadOnlyList<string> Weights, string? Tokenizer) : IDisposable
{
    /// <summary>What keeps the files from being evicted; null where nothing evicts.</summary>
    public IDisposable? Lease { get; init; }

    /// <summary>Lets the cache evict the files.</summary>
    public void Dispose() => Lease?.Dispose();
}
