using System.Collections.Concurrent;
using PythiaOrleans.Checkpoints.Catalog;
using PythiaOrleans.Checkpoints.Sources;
using PythiaOrleans.Core.Ids;

namespace PythiaOrleans.Checkpoints.Opening;

/// <summary>Opens a sweep's source by the name that its spec holds; each source once.</summary>
/// <param name="catalog">Knows the hub's repositories; null takes the built-in one.</param>
public sealed class CheckpointSources(ModelCatalog? catalog = null)
{
    private readonly ConcurrentDictionary<string, ICheckpointSource> _open = new(StringComparer.Ordinal);
    private readonly ModelCatalog _catalog = catalog ?? ModelCatalog.Default;

    /// <summary>What a user may write after <c>--source</c>.</summary>
    public static IEnumerable<string> Spellings => SourceSchemes.All.Select(scheme => scheme.Spelling);

    /// <summary>What a spec keeps of what the user wrote: a folder's full path, so that it is found from elsewhere too; other names as they are.</summary>
    /// <exception cref="ArgumentException">The name is empty, holds a secret, or names no organisation of the hub.</exception>
    public static string Resolve(string name) => SourceSchemes.For(name).Resolve(name);

    /// <summary>Whether a source's files are read where they lie, on a disk that machines may share, and not fetched to each machine.</summary>
    public static bool IsShared(string name) => SourceSchemes.For(name).IsShared;

    /// <summary>The models that a source itself describes; none where only the catalog knows them.</summary>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    public static ModelCatalog ReadModels(string name) => SourceSchemes.For(name).ReadModels(name);

    /// <summary>The source of that name.</summary>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    /// <exception cref="ArgumentException">The address names no container, or nothing says which account.</exception>
    public ICheckpointSource Open(string name) => _open.GetOrAdd(name, key => SourceSchemes.For(key).Open(key, _catalog));

    /// <summary>
    /// What lies on this machine's own disk: of the hub, of the sources that were opened, and of every container that was ever opened here.
    /// A silo that has just started does not know yet which of them it will be asked for.
    /// </summary>
    public IEnumerable<(string Source, CheckpointId Checkpoint)> Cached()
    {
        var opened = _open.Keys.ToLookup(SourceSchemes.For);
        return SourceSchemes.All.SelectMany(scheme => scheme.ListCached([.. opened[scheme]], Open, _catalog));
    }
}
