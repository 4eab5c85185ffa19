using System.Collections.Concurrent;
using PythiaOrleans.Checkpoints.Catalog;
using PythiaOrleans.Checkpoints.Sources.Mirror;
using PythiaOrleans.Core.Ids;
using PythiaOrleans.Core.Storage;

namespace PythiaOrleans.Checkpoints.Sources.Hub;

/// <summary>
/// <c>hub</c>: the repositories that the catalog names. <c>hub:ORG</c>: the repositories <c>ORG/model</c>. <c>hub:ORG/REPO</c>: the
/// checkpoints of one repository, found by its branches. Copied to the mirror where there is one.
/// </summary>
public sealed class HubScheme : ISourceScheme
{
    private const string Hub = "hub";
    private const string Prefix = "hub:";

    // By cache folder, endpoint and repository: several parts of one command ask.
    private static readonly ConcurrentDictionary<(string Options, string Repository), IReadOnlyList<ModelEntry>> Discovered = new();

    /// <inheritdoc />
    public string Spelling => "hub, hub:ORG, hub:ORG/REPO";

    /// <inheritdoc />
    public bool IsShared => false;

    /// <inheritdoc />
    public bool Opens(string name) => name == Hub || (name is not null && name.StartsWith(Prefix, StringComparison.Ordinal));

    /// <inheritdoc />
    public string Resolve(string name)
    {
        if (name != Hub)
        {
            var (organisation, repository) = Split(name);
            Identifier.Validate(organisation, "hub organisation");
            if (repository is not null)
            {
                Identifier.Validate(repository, "hub repository");
            }
        }

        return name;
    }

    /// <inheritdoc />
    public ICheckpointSource Open(string name, ModelCatalog catalog)
    {
        ArgumentNullException.ThrowIfNull(name);
        var told = new ConcurrentDictionary<string, (ModelEntry? Model, long At)>(StringComparer.Ordinal);
        return MirrorSettings.Apply(new HubSource(HubOptions.FromEnvironment(), model => FindModel(name, catalog, told, model), name));
    }

    /// <inheritdoc />
    public ModelCatalog ReadModels(string name, IReadOnlyCollection<string> wanted)
    {
        ArgumentNullException.ThrowIfNull(wanted);
        if (name == Hub)
        {
            return ModelCatalog.Empty;
        }

        var (organisation, repository) = Split(name);
        string[] repositories = repository is null ? [.. wanted.Where(Identifier.IsValid)] : [repository];
        return ModelCatalog.FromModels([.. repositories.SelectMany(one => Discover(organisation, one))]);
    }

    /// <inheritdoc />
    public IEnumerable<(string Source, CheckpointId Checkpoint)> ListCached(
        IReadOnlyCollection<string> opened, Func<string, ICheckpointSource> open, ModelCatalog catalog)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        return opened.Append(Hub).Distinct(StringComparer.Ordinal)
            .SelectMany(
                name => open(name).Cached(catalog.Models.Where(model => IsOf(name, model)).Select(model => model.Name)),
                (name, checkpoint) => (name, checkpoint));
    }

    private static bool IsOf(string name, ModelEntry model) => name == Hub
        ? model.Repository is not null
        : Split(name) is not (var organisation, { } repository) || model.Repository == $"{organisation}/{repository}";

    // Waits for the hub's list of branches: catalogs are read before anything runs.
    private static IReadOnlyList<ModelEntry> Discover(string repository)
    {
        var options = HubOptions.FromEnvironment();
        return Discovered.GetOrAdd(
            ($"{options}", repository),
            key => Task.Run(() => HubModels.DiscoverAsync(options, key.Repository, CancellationToken.None)).GetAwaiter().GetResult());
    }

    private static HubModel FindModel(
        string name, ModelCatalog catalog, ConcurrentDictionary<string, (ModelEntry? Model, long At)> told, string model)
    {
        var entry = catalog.TryFind(model);
        if (name == Hub)
        {
            return entry is null ? throw new ArgumentException($"Unknown model '{model}'.") : new HubModel(FindRepository(entry), entry);
        }

        var (organisation, repository) = Split(name);
        var place = repository is not null
            ? $"{organisation}/{repository}"
            : entry?.Repository is { } known && known.StartsWith($"{organisation}/", StringComparison.Ordinal)
                ? known
                : $"{organisation}/{model}";
        return entry is not null
            ? new HubModel(place, entry)
            : Recall(told, model, () => TryDiscover(organisation, repository ?? model, model)) is { } found
                ? new HubModel(found.Repository!, found)
                : new HubModel(place);
    }

    // A source asks for its model with each step. A hub that did not tell of it is not asked again each time.
    private static ModelEntry? Recall(
        ConcurrentDictionary<string, (ModelEntry? Model, long At)> told, string model, Func<ModelEntry?> discover)
    {
        if (told.TryGetValue(model, out var known)
            && (known.Model is not null || TimeProvider.System.GetElapsedTime(known.At) < HubSource.DownTime))
        {
            return known.Model;
        }

        var found = discover();
        told[model] = (found, TimeProvider.System.GetTimestamp());
        return found;
    }

    // A worker of a cluster meets models that its catalog does not hold. Without the hub there is only what the cache holds, by plain
    // names.
    private static ModelEntry? TryDiscover(string organisation, string repository, string model)
    {
        try
        {
            return Discover(organisation, repository).FirstOrDefault(found => found.Name == model);
        }
        catch (Exception error) when (error is SourceUnavailableException or AccessDeniedException or FileNotFoundException)
        {
            return null; // the fetch says what is wrong
        }
    }

    // A training of a repository is a model of its own, named after both: OLMo-stage1 is a model of the repository OLMo.
    private static IReadOnlyList<ModelEntry> Discover(string organisation, string name)
    {
        try
        {
            return Discover($"{organisation}/{name}");
        }
        catch (Exception error) when (error is AccessDeniedException or FileNotFoundException)
        {
            for (var end = name.LastIndexOf('-'); end > 0; end = name.LastIndexOf('-', end - 1))
            {
                if (TryDiscover(organisation, name[..end], name) is not null)
                {
                    return Discover($"{organisation}/{name[..end]}");
                }
            }

            throw;
        }
    }

    private static (string Organisation, string? Repository) Split(string name)
    {
        var place = name[Prefix.Length..];
        var slash = place.IndexOf('/', StringComparison.Ordinal);
        return slash < 0 ? (place, null) : (place[..slash], place[(slash + 1)..]);
    }

    private static string FindRepository(ModelEntry model) => model.Repository ?? throw new FileNotFoundException(
        $"{model.Name}: the catalog names no hub repository for it. Name one in a catalog file (docs/catalog.md), or use "
            + "--source hub:ORG.");
}
