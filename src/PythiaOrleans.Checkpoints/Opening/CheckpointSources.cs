using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using PythiaOrleans.Checkpoints.Cache;
using PythiaOrleans.Checkpoints.Catalog;
using PythiaOrleans.Checkpoints.Sources;
using PythiaOrleans.Checkpoints.Sources.Azure;
using PythiaOrleans.Checkpoints.Sources.Folder;
using PythiaOrleans.Checkpoints.Sources.Hub;
using PythiaOrleans.Checkpoints.Sources.Mirror;
using PythiaOrleans.Core.Ids;
using PythiaOrleans.Core.Storage;

namespace PythiaOrleans.Checkpoints.Opening;

/// <summary>Opens a sweep's source by the name that its spec holds; each one once.</summary>
/// <param name="catalog">Knows the hub's repositories; null takes the built-in one.</param>
public sealed class CheckpointSources(ModelCatalog? catalog = null)
{
    /// <summary>Where files of containers are kept; by default in the user's cache folder.</summary>
    public const string CacheVariable = "PYTHIA_CACHE";

    /// <summary>The container, <c>az://container/prefix</c>, to which the hub's checkpoints are copied when they are first used; unset copies nothing.</summary>
    public const string MirrorVariable = "PYTHIA_MIRROR";

    /// <summary>1 copies float32 files of half-precision values to the mirror in half precision.</summary>
    public const string HalfVariable = "PYTHIA_KEEP_HALF";

    // Beside the files of a container: the name under which specs know it. The folder's own name is a digest.
    private const string SourceFile = "source.txt";

    private const string Hub = "hub";
    private const string HubOf = "hub:";

    private readonly ConcurrentDictionary<string, ICheckpointSource> _open = new(StringComparer.Ordinal);

    /// <summary>What a spec keeps of what the user wrote: a folder's full path, so that it is found from elsewhere too; other names as they are.</summary>
    /// <exception cref="ArgumentException">The name is empty, holds a secret, or names no organisation of the hub.</exception>
    public static string Resolve(string name)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        if (name.StartsWith(HubOf, StringComparison.Ordinal))
        {
            Identifier.Validate(name[HubOf.Length..], "hub organisation");
        }

        if (BlobStores.IsAzure(name) && name.Contains('?', StringComparison.Ordinal))
        {
            // The spec is stored and shown; whoever reads it could read the container.
            throw new ArgumentException("--source: an address with a SAS would be kept in the sweep's spec. Give az://CONTAINER/PREFIX and put the SAS into AZURE_STORAGE_SAS_TOKEN.");
        }

        return IsHub(name) || BlobStores.IsAzure(name) ? name : Path.GetFullPath(name);
    }

    /// <summary>The source of that name: <c>hub</c>, <c>hub:org</c>, a container's address, or a folder's path.</summary>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    /// <exception cref="ArgumentException">The address names no container, or nothing says which account.</exception>
    public ICheckpointSource Open(string name) => _open.GetOrAdd(name, Create);

    /// <summary>
    /// What lies on this machine's own disk of the hub, of other organisations' models that were opened, and of every container that was ever opened here: a silo that starts anew does not
    /// know yet which of them it will be asked for.
    /// </summary>
    public IEnumerable<(string Source, CheckpointId Checkpoint)> Cached()
    {
        var known = catalog ?? ModelCatalog.Default;
        string[] models = [.. known.Models.Select(model => model.Name)];
        string[] published = [.. known.Models.Where(model => model.Repository is not null).Select(model => model.Name)];
        var hubs = _open.Keys.Where(IsHub).Append(Hub).Distinct(StringComparer.Ordinal)
            .SelectMany(name => Open(name).Cached(name == Hub ? published : models), (name, checkpoint) => (name, checkpoint));
        return hubs.Concat(ContainerCaches().SelectMany(cache => AzureSource.CachedIn(new CheckpointCache(cache.Folder), models), (cache, checkpoint) => (cache.Source, checkpoint)));
    }

    private static bool IsHub(string name) => name == Hub || name.StartsWith(HubOf, StringComparison.Ordinal);

    private ICheckpointSource Create(string name) => name switch
    {
        Hub => Mirrored(new HubSource(HubOptions.FromEnvironment(), RepositoryOf, name)),
        _ when name.StartsWith(HubOf, StringComparison.Ordinal) => Mirrored(new HubSource(HubOptions.FromEnvironment(), model => $"{name[HubOf.Length..]}/{model}", name)),
        _ when BlobStores.IsAzure(name) => OpenContainer(name),
        _ when Directory.Exists(name) => new FolderSource(name),
        _ => throw new DirectoryNotFoundException(
            $"Source '{name}': expected a folder that holds model/stepN/config.json and weights, found none of that name. Give a folder, hub, hub:ORG or az://container/prefix with --source."),
    };

    private string RepositoryOf(string model) => (catalog ?? ModelCatalog.Default).Find(model).Repository
        ?? throw new FileNotFoundException($"{model}: the catalog names no hub repository for it. Name one in a catalog file (docs/catalog.md), or use --source hub:ORG.");

    private static ICheckpointSource Mirrored(HubSource hub)
    {
        if (Environment.GetEnvironmentVariable(MirrorVariable) is not { Length: > 0 } address)
        {
            return hub;
        }

        var mirror = BlobStores.IsAzure(address)
            ? BlobStores.OpenAzure(address)
            : throw new ArgumentException($"{MirrorVariable}: expected az://container/prefix or the https address of a container, found '{address}'. On one machine the cache needs no mirror.");
        return new MirroredSource(hub, mirror, CacheOf(mirror), Environment.GetEnvironmentVariable(HalfVariable) == "1");
    }

    private static AzureSource OpenContainer(string name)
    {
        var store = BlobStores.OpenAzure(name);
        var cache = CacheOf(store);
        Directory.CreateDirectory(cache.Root);
        File.WriteAllText(Path.Combine(cache.Root, SourceFile), name);
        return new AzureSource(store, cache);
    }

    // Containers must not share a folder: they may hold different files under the same names.
    private static CheckpointCache CacheOf(AzureBlobStore store) => new(
        Path.Combine(CacheFolder(), Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(store.Name)))[..16]), HubOptions.FromEnvironment().CacheBytes);

    private static IEnumerable<(string Source, string Folder)> ContainerCaches() => Directory.Exists(CacheFolder())
        ? Directory.EnumerateDirectories(CacheFolder()).Where(folder => File.Exists(Path.Combine(folder, SourceFile))).Select(folder => (File.ReadAllText(Path.Combine(folder, SourceFile)), folder))
        : [];

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
