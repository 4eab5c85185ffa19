using System.Collections.Concurrent;
using PythiaOrleans.Checkpoints;

namespace PythiaOrleans.Silo;

/// <summary>Opens a sweep's source by the name that its spec holds; each one once.</summary>
public sealed class CheckpointSources
{
    private readonly ConcurrentDictionary<string, ICheckpointSource> _open = new(StringComparer.Ordinal);

    /// <summary>The source of that name: a folder's path.</summary>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    public ICheckpointSource Open(string name) => _open.GetOrAdd(name, static name => Directory.Exists(name)
        ? new FolderSource(name)
        : throw new DirectoryNotFoundException(
            $"Source '{name}': expected a folder that holds model/stepN/config.json and model.safetensors, found none of that name. Give it with --source."));
}
