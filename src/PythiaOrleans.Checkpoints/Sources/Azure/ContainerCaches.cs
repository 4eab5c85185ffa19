using System.Security.Cryptography;
using System.Text;
using PythiaOrleans.Checkpoints.Cache;
using PythiaOrleans.Core.Storage;

namespace PythiaOrleans.Checkpoints.Sources.Azure;

/// <summary>The caches of containers on this machine: a folder for each container below one folder for all.</summary>
public static class ContainerCaches
{
    /// <summary>Where files of containers are kept; by default in the user's cache folder.</summary>
    public const string FolderVariable = "PYTHIA_CACHE";

    // Lies beside the files: the name under which specs know the container. The folder's own name is a digest.
    private const string SourceFile = "source.txt";

    /// <summary>The cache of a container. Containers do not share a folder: they may hold different files under the same names.</summary>
    internal static CheckpointCache Open(AzureBlobStore store) =>
        new(Path.Combine(Folder(), Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(store.Name)))[..16]), CacheSettings.MaxBytes());

    /// <summary>Writes down which source the cache belongs to, so that the next process finds it.</summary>
    internal static void WriteSource(CheckpointCache cache, string source)
    {
        Directory.CreateDirectory(cache.Root);
        File.WriteAllText(Path.Combine(cache.Root, SourceFile), source);
    }

    /// <summary>Every cache that a process of this machine has named, with its source.</summary>
    internal static IEnumerable<(string Source, CheckpointCache Cache)> List() => Directory.Exists(Folder())
        ? Directory.EnumerateDirectories(Folder())
            .Select(folder => (Folder: folder, Source: Path.Combine(folder, SourceFile)))
            .Where(cache => File.Exists(cache.Source))
            .Select(cache => (File.ReadAllText(cache.Source), new CheckpointCache(cache.Folder)))
        : [];

    private static string Folder()
    {
        if (CacheSettings.ReadPath(FolderVariable) is { } chosen)
        {
            return chosen;
        }

        var user = CacheSettings.ReadPath("XDG_CACHE_HOME") ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache");
        return Path.Combine(user, "pythia-orleans");
    }
}
