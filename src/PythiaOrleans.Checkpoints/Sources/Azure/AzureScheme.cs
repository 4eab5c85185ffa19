using PythiaOrleans.Checkpoints.Catalog;
using PythiaOrleans.Core.Ids;
using PythiaOrleans.Core.Storage;

namespace PythiaOrleans.Checkpoints.Sources.Azure;

/// <summary><c>az://CONTAINER/PREFIX</c>, or the https address of a container.</summary>
public sealed class AzureScheme : ISourceScheme
{
    /// <inheritdoc />
    public string Spelling => "az://CONTAINER/PREFIX, https://ACCOUNT.../CONTAINER/PREFIX";

    /// <inheritdoc />
    public bool IsShared => false;

    /// <inheritdoc />
    public bool Opens(string name) => BlobStores.IsAzure(name);

    /// <inheritdoc />
    public string Resolve(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        // The spec is stored and shown: everyone who reads it could read the container.
        return !name.Contains('?', StringComparison.Ordinal)
            ? name
            : throw new ArgumentException(
                "--source: an address with a SAS would be kept in the sweep's spec. Give az://CONTAINER/PREFIX and put the SAS into AZURE_STORAGE_SAS_TOKEN.");
    }

    /// <inheritdoc />
    public ICheckpointSource Open(string name, ModelCatalog catalog)
    {
        var store = BlobStores.OpenAzure(name);
        var cache = ContainerCaches.Open(store);
        ContainerCaches.WriteSource(cache, name);
        return new AzureSource(store, cache);
    }

    /// <inheritdoc />
    public IEnumerable<(string Source, CheckpointId Checkpoint)> ListCached(
        IReadOnlyCollection<string> opened, Func<string, ICheckpointSource> open, ModelCatalog catalog)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        string[] models = [.. catalog.Models.Select(model => model.Name)];
        return ContainerCaches.List().SelectMany(cache => AzureSource.CachedIn(cache.Cache, models), (cache, checkpoint) => (cache.Source, checkpoint));
    }
}
