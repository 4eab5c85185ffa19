using System.Collections.Concurrent;
using PythiaOrleans.Checkpoints.Loading;
using PythiaOrleans.Checkpoints.Sources;

namespace PythiaOrleans.Server.Execution;

/// <summary>
/// Remembers digests by path, length and time of the files: the reference of a sweep is hashed once, not with every task.
/// </summary>
internal sealed class DigestCache
{
    private readonly ConcurrentDictionary<string, string> _digests = new(StringComparer.Ordinal);

    /// <summary>The checkpoint's digest.</summary>
    public string Of(CheckpointFiles files, Checkpoint checkpoint) => _digests.GetOrAdd(Stamp(files), _ => checkpoint.ComputeDigest());

    private static string Stamp(CheckpointFiles files) => string.Join(
        '|',
        files.Weights.Select(path =>
        {
            var file = new FileInfo(path);
            return $"{path}:{file.Length}:{file.LastWriteTimeUtc.Ticks}";
        }));
}
