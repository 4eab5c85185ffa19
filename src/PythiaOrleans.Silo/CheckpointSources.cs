using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using PythiaOrleans.Checkpoints;

namespace PythiaOrleans.Silo;

/// <summary>Opens a sweep's source by the name that its spec holds; each one once.</summary>
public sealed class CheckpointSources
{
    /// <summary>Where files from elsewhere are kept; by default in the user's cache folder.</summary>
    public const string CacheVariable = "PYTHIA_CACHE";

    private readonly ConcurrentDictionary<string, ICheckpointSource> _open = new(StringComparer.Ordinal);

    /// <summary>Whether a source is a folder of this machine, whose path may be relative.</summary>
    public static bool IsFolder(string name) => !BlobStores.IsAzure(name);

    /// <summary>The source of that name: a folder's path, or a container's address.</summary>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    /// <exception cref="ArgumentException">The address names no container, or nothing says which account.</exception>
    public ICheckpointSource Open(string name) => _open.GetOrAdd(name, static name =>
        !IsFolder(name) ? OpenContainer(name)
        : Directory.Exists(name) ? new FolderSource(name)
        : throw new DirectoryNotFoundException(
            $"Source '{name}': expected a folder that holds model/stepN/config.json and weights, found none of that name. Give a folder or az://container/prefix with --source."));

    private static AzureSource OpenContainer(string name)
    {
        var store = BlobStores.OpenAzure(name);
        var own = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(store.Name)))[..16];
        return new AzureSource(store, Path.Combine(CacheFolder(), own));
    }

    private static string CacheFolder()
    {
        if (Environment.GetEnvironmentVariable(CacheVariable) is { Length: > 0 } chosen)
        {
            return chosen;
        }

        var user = Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } home
            ? home
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache");
        return Path.Combine(user, "pythia-orleans");
    }
}
