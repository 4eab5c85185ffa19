using PythiaOrleans.Checkpoints.Catalog;
using PythiaOrleans.Core.Ids;

namespace PythiaOrleans.Checkpoints.Sources;

/// <summary>One kind of source: how it is named after <c>--source</c>, and how it is opened. One folder each; found by its type.</summary>
/// <remarks>An implementation needs a public constructor without parameters.</remarks>
public interface ISourceScheme
{
    /// <summary>What a user may write, for messages: <c>hub, hub:ORG</c>.</summary>
    string Spelling { get; }

    /// <summary>
    /// Whether checkpoints are read where they lie, on a disk that several machines may share. False where each machine fetches its own
    /// copy into its cache.
    /// </summary>
    bool IsShared { get; }

    /// <summary>Whether this scheme takes the names that no other scheme opens. One scheme does.</summary>
    bool IsDefault => false;

    /// <summary>Whether a name is one of this scheme's.</summary>
    bool Opens(string name);

    /// <summary>What a sweep's spec keeps of the name that the user wrote: it must mean the same source on another machine.</summary>
    /// <exception cref="ArgumentException">The name is not legal, or it holds a secret.</exception>
    string Resolve(string name);

    /// <summary>The name of a source whose steps are named by a pattern of the user's, such as <c>run_{step}</c>.</summary>
    /// <exception cref="ArgumentException">The scheme has no such names, or the pattern does not hold <c>{step}</c> once.</exception>
    string WithStepPattern(string name, string pattern) =>
        throw new ArgumentException($"--step-pattern: only folders name their steps freely; {Spelling} do not.");

    /// <summary>Opens the source of a resolved name.</summary>
    /// <param name="name">What <see cref="Resolve"/> returned.</param>
    /// <param name="catalog">Knows the models.</param>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    /// <exception cref="ArgumentException">The name says too little: no container, no account.</exception>
    ICheckpointSource Open(string name, ModelCatalog catalog);

    /// <summary>
    /// The models that the source itself describes; none where only the catalog knows them. Their configurations are read when they are
    /// first needed.
    /// </summary>
    /// <param name="name">The source.</param>
    /// <param name="wanted">Models that the user named and the catalog lacks: a source that cannot list its models looks for these.</param>
    ModelCatalog ReadModels(string name, IReadOnlyCollection<string> wanted) => ModelCatalog.Empty;

    /// <summary>The checkpoints that lie whole in this machine's caches, each with the source's name in specs.</summary>
    /// <param name="opened">The sources of this scheme that this process has opened, by name.</param>
    /// <param name="open">Opens another one by its name; each only once.</param>
    /// <param name="catalog">Knows the models.</param>
    IEnumerable<(string Source, CheckpointId Checkpoint)> ListCached(
        IReadOnlyCollection<string> opened, Func<string, ICheckpointSource> open, ModelCatalog catalog) => [];
}
