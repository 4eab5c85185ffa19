using PythiaOrleans.Checkpoints.Catalog;
using PythiaOrleans.Checkpoints.Sources.Mirror;
using PythiaOrleans.Core.Ids;

namespace PythiaOrleans.Checkpoints.Sources.Hub;

/// <summary><c>hub</c>: the repositories that the catalog names. <c>hub:ORG</c>: the repositories <c>ORG/model</c>. Copied to the mirror where there is one.</summary>
public sealed class HubScheme : ISourceScheme
{
    private const string Hub = "hub";
    private const string Prefix = "hub:";

    /// <inheritdoc />
    public string Spelling => "hub, hub:ORG";

    /// <inheritdoc />
    public bool IsShared => false;

    /// <inheritdoc />
    public bool Opens(string name) => name == Hub || (name is not null && name.StartsWith(Prefix, StringComparison.Ordinal));

    /// <inheritdoc />
    public string Resolve(string name)
    {
        if (name != Hub)
        {
            ArgumentNullException.ThrowIfNull(name);
            Identifier.Validate(name[Prefix.Length..], "hub organisation");
        }

        return name;
    }

    /// <inheritdoc />
    public ICheckpointSource Open(string name, ModelCatalog catalog)
    {
        ArgumentNullException.ThrowIfNull(name);
        Func<string, string> repositoryOf = name == Hub ? model => FindRepository(catalog, model) : model => $"{name[Prefix.Length..]}/{model}";
        return MirrorSettings.Apply(new HubSource(HubOptions.FromEnvironment(), repositoryOf, name));
    }

    /// <inheritdoc />
    public IEnumerable<(string Source, CheckpointId Checkpoint)> ListCached(
        IReadOnlyCollection<string> opened, Func<string, ICheckpointSource> open, ModelCatalog catalog)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        string[] models = [.. catalog.Models.Select(model => model.Name)];
        string[] published = [.. catalog.Models.Where(model => model.Repository is not null).Select(model => model.Name)];
        return opened.Append(Hub).Distinct(StringComparer.Ordinal)
            .SelectMany(name => open(name).Cached(name == Hub ? published : models), (name, checkpoint) => (name, checkpoint));
    }

    private static string FindRepository(ModelCatalog catalog, string model) => catalog.Find(model).Repository ?? throw new FileNotFoundException(
        $"{model}: the catalog names no hub repository for it. Name one in a catalog file (docs/catalog.md), or use --source hub:ORG.");
}
