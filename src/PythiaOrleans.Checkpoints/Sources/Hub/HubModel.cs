using System.Globalization;
using PythiaOrleans.Checkpoints.Catalog;

namespace PythiaOrleans.Checkpoints.Sources.Hub;

/// <summary>How the hub keeps one model: its repository, and how that names the revision and the folder of a step.</summary>
/// <param name="Repository">The repository, <c>org/name</c>. Its revisions are called <c>stepN</c> unless an entry says otherwise.</param>
public sealed record HubModel(string Repository)
{
    private readonly ModelEntry? _entry;

    /// <summary>A model whose revisions are named as the catalog says.</summary>
    /// <param name="repository">The repository, which may be another one than the entry's.</param>
    /// <param name="entry">Names revisions and folders.</param>
    public HubModel(string repository, ModelEntry entry)
        : this(repository) => _entry = entry;

    /// <summary>The steps that can lie in a cache; null where only the names of revisions tell.</summary>
    internal IReadOnlyList<int>? Steps => _entry?.Steps;

    /// <summary>Whether the name of a step's branch holds a number of tokens.</summary>
    public bool NamesTokens(int step) =>
        _entry?.Revision is { } revision && revision.Contains("{tokens", StringComparison.Ordinal) && !_entry.Revisions.ContainsKey(step);

    /// <summary>
    /// Where a step is whose branch names another number of tokens than the catalog computes: publishers round, and count, differently.
    /// </summary>
    /// <param name="step">The step.</param>
    /// <param name="branches">The repository's branches.</param>
    /// <returns>Null where the name holds no tokens, or no branch is of that step.</returns>
    public HubAddress? LocateAmong(int step, IEnumerable<string> branches)
    {
        if (!NamesTokens(step))
        {
            return null;
        }

        var template = new RevisionTemplate(_entry!.Revision!);
        return branches.FirstOrDefault(branch => template.TryMatch(branch, out var found) && found == step) is { } known
            ? new HubAddress(Repository, known, _entry.SubfolderOf(step))
            : null;
    }

    /// <summary>Where a step is.</summary>
    public HubAddress Locate(int step) => _entry is null
        ? new HubAddress(Repository, string.Create(CultureInfo.InvariantCulture, $"step{step}"))
        : new HubAddress(Repository, _entry.RevisionOf(step), _entry.SubfolderOf(step));
}
