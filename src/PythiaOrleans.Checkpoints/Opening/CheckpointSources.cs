using System.Collections.Concurrent;
using PythiaOrleans.Checkpoints.Catalog;
using PythiaOrleans.Checkpoints.Sources;
using PythiaOrleans.Core.Ids;
using PythiaOrleans.Core.Storage;

namespace PythiaOrleans.Checkpoints.Opening;

/// <summary>Opens a sweep's source by the name that its spec holds; each source once.</summary>
/// <param name="catalog">Knows the hub's repositories; null takes the built-in one.</param>
public sealed class CheckpointSources(ModelCatalog? catalog = null)
{
    private readonly ConcurrentDictionary<string, ICheckpointSource> _open = new(StringComparer.Ordinal);
    private readonly ModelCatalog _catalog = catalog ?? ModelCatalog.Default;

    /// <summary>What a user may write after <c>--source</c>.</summary>
    public static IEnumerable<string> Spellings => SourceSchemes.All.Select(scheme => scheme.Spelling);

    /// <summary>
    /// What a spec keeps of what the user wrote: a folder's full path, so that it is found from elsewhere too; other names as they are.
    /// </summary>
    /// <param name="name">What the user wrote.</param>
    /// <param name="stepPattern">How step folders are named, with <c>{step}</c> for the number; null takes the usual names.</param>
    /// <exception cref="ArgumentException">The name is empty, holds a secret, or names no organisation of the hub; or the pattern makes no
    /// sense.</exception>
    public static string Resolve(string name, string? stepPattern = null)
    {
        var scheme = SourceSchemes.For(name);
        return scheme.Resolve(stepPattern is null ? name : scheme.WithStepPattern(name, stepPattern));
    }

    /// <summary>
    /// Whether a source's files are read where they lie, on a disk that machines may share, and not fetched to each machine.
    /// </summary>
    public static bool IsShared(string name) => SourceSchemes.For(name).IsShared;

    /// <summary>The models that a source itself describes; none where only the catalog knows them.</summary>
    /// <param name="name">The source.</param>
    /// <param name="wanted">Models that the user named and the catalog lacks: a source that cannot list its models looks for these.</param>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    /// <exception cref="AccessDeniedException">The hub has no such repository, or does not show it.</exception>
    /// <exception cref="SourceUnavailableException">The hub does not answer.</exception>
    public static ModelCatalog ReadModels(string name, IReadOnlyCollection<string>? wanted = null) =>
        SourceSchemes.For(name).ReadModels(name, wanted ?? []);

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
