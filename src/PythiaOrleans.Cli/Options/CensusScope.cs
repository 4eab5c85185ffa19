using PythiaOrleans.Checkpoints.Catalog;
using PythiaOrleans.Checkpoints.Opening;

namespace PythiaOrleans.Cli.Options;

/// <summary>What a census is of.</summary>
/// <param name="Name">For people: the suite, the repository, the place.</param>
/// <param name="Source">The source's name.</param>
/// <param name="Catalog">Knows the models.</param>
/// <param name="Models">The models.</param>
internal sealed record CensusScope(string Name, string Source, ModelCatalog Catalog, IReadOnlyList<ModelEntry> Models)
{
    private const string Hub = "hub";

    /// <summary>Reads what the user wrote.</summary>
    /// <exception cref="ArgumentException">It names no models.</exception>
    public static CensusScope Resolve(string place, string? suite, string? models, string? catalogFile)
    {
        var source = CheckpointSources.Resolve(IsRepository(place) ? $"{Hub}:{place}" : place);
        var wanted = SharedOptions.Words(models);
        var known = SharedOptions.LoadCatalog(catalogFile);
        // A repository that the catalog knows is not asked which steps it announces.
        var repository = source.StartsWith($"{Hub}:", StringComparison.Ordinal) && source.Contains('/', StringComparison.Ordinal)
            ? source[(Hub.Length + 1)..] : null;
        ModelEntry[] ofRepository = repository is null ? [] : FindRepository(known, repository);
        var told = ofRepository.Length > 0 ? ModelCatalog.Empty : CheckpointSources.ReadModels(
            source, [.. wanted?.Where(model => known.TryFind(model) is null) ?? []]);
        var catalog = known.With(told);
        ModelEntry[] chosen = (suite, wanted) switch
        {
            (_, { Length: > 0 }) => [.. wanted.Select(catalog.Find)],
            ({ } name, _) => [.. catalog.FindSuite(name).Models.Select(catalog.Find)],
            _ when ofRepository.Length > 0 => ofRepository,
            _ => [.. told.Models.Select(model => catalog.Find(model.Name))],
        };
        return chosen.Length > 0
            ? new CensusScope(suite ?? repository ?? place, source, catalog, chosen)
            : throw new ArgumentException(
                $"{place}: nothing says which models are meant. Name them with --models or --suite (`pythia models` lists both), or give "
                    + "a repository, ORG/REPO.");
    }

    // OLMo's stages are models of one repository.
    private static ModelEntry[] FindRepository(ModelCatalog catalog, string repository) =>
        [.. catalog.Models.Where(model => repository.Equals(model.Repository, StringComparison.OrdinalIgnoreCase))];

    // A folder of that name comes first: it is what a user of a shell means by it.
    private static bool IsRepository(string place) =>
        place.Split('/') is [{ Length: > 0 }, { Length: > 0 }] && !place.Contains(':', StringComparison.Ordinal)
            && place[0] is not ('.' or '~') && !Directory.Exists(place);
}
