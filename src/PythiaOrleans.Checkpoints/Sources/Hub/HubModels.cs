using PythiaOrleans.Checkpoints.Catalog;
using PythiaOrleans.Checkpoints.Families;
using PythiaOrleans.Core.Ids;
using PythiaOrleans.Core.Storage;

namespace PythiaOrleans.Checkpoints.Sources.Hub;

/// <summary>
/// Describes models that no catalog knows: their steps from the branches of a repository, their shapes from its <c>config.json</c>.
/// </summary>
internal static class HubModels
{
    /// <summary>The trainings of a repository, each a model; the one with the most steps bears the repository's name too.</summary>
    /// <param name="options">How the hub is reached.</param>
    /// <param name="repository">The repository, <c>org/name</c>.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <exception cref="AccessDeniedException">The repository does not exist, is private, or has no branch with a checkpoint.</exception>
    /// <exception cref="SourceUnavailableException">The hub does not answer.</exception>
    public static async Task<IReadOnlyList<ModelEntry>> DiscoverAsync(
        HubOptions options, string repository, CancellationToken cancellationToken)
    {
        using var source = new HubSource(options, _ => new HubModel(repository));
        var branches = await source.Branches.ListAsync(repository, cancellationToken).ConfigureAwait(false);
        var trainings = BranchSteps.Group(branches);
        var name = repository[(repository.IndexOf('/', StringComparison.Ordinal) + 1)..];
        if (trainings.Count == 0)
        {
            throw new AccessDeniedException(
                $"{repository}: expected branches such as step1000, or main, found {HubBranches.Describe(branches)}. Say in a catalog file "
                    + "how the branch of a step is called (`revision`, docs/catalog.md).");
        }

        if (trainings[trainings.Keys.First()].ContainsValue(BranchSteps.Main))
        {
            SourceNotices.Report($"{repository} has no branches with steps: its {BranchSteps.Main} counts as step 0.");
        }

        var named = trainings.ContainsKey("") ? "" : trainings.MaxBy(training => training.Value.Count).Key;
        return [.. trainings.Select(training => Describe(options, repository, name, training.Key, training.Value, training.Key == named))];
    }

    private static ModelEntry Describe(
        HubOptions options, string repository, string name, string training, SortedDictionary<int, string> steps, bool isNamed)
    {
        var model = Identifier.Validate(training.Length == 0 ? name : $"{name}-{training}", "model");
        string[] aliases = isNamed && training.Length > 0 ? [name] : [];
        var first = new HubAddress(repository, steps.Values.First());
        return ModelEntry.ReadLater(model, aliases, [.. steps.Keys], () => ReadShape(options, model, first)) with
        {
            Repository = repository,
            Revisions = steps,
        };
    }

    // Waits: shapes are read like properties, by commands and planning, never on a grain's scheduler.
    private static ModelShape ReadShape(HubOptions options, string model, HubAddress address) => Task.Run(async () =>
    {
        using var source = new HubSource(options, _ => new HubModel(address.Repository));
        using var config = await source.FetchConfigAsync(model, address, CancellationToken.None).ConfigureAwait(false);
        return ModelFamilies.ReadShape(config.Config);
    }).GetAwaiter().GetResult();
}
