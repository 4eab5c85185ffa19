using System.Collections.Concurrent;
using PythiaOrleans.Checkpoints.Catalog;
using PythiaOrleans.Checkpoints.Opening;

namespace PythiaOrleans.Server.Planning;

/// <summary>
/// The silo's catalog, and on top of it the models that a sweep's own source describes: a folder of the user's own checkpoints.
/// </summary>
/// <param name="catalog">What every silo knows.</param>
internal sealed class SourceCatalogs(ModelCatalog catalog)
{
    private readonly ConcurrentDictionary<string, ModelCatalog> _read = new(StringComparer.Ordinal);

    /// <summary>The catalog for a source, as the source is now.</summary>
    /// <exception cref="DirectoryNotFoundException">The source is a folder that this machine does not see.</exception>
    public ModelCatalog Of(string source) => Read(source, catalog, []);

    /// <summary>A model of a sweep, by its name in the catalog. A source is read again where it did not hold the model before.</summary>
    /// <exception cref="ArgumentException">Neither the catalog nor the source knows it.</exception>
    public ModelEntry Find(string source, string model) =>
        Known(catalog, model) ?? Known(_read.GetOrAdd(source, Of), model)
            ?? _read.AddOrUpdate(source, Of, (_, known) => Read(source, known, [model])).Find(model);

    // An organisation of the hub is not listed: it is asked for the models by name.
    private static ModelCatalog Read(string source, ModelCatalog known, string[] wanted) =>
        known.With(CheckpointSources.ReadModels(source, wanted));

    private static ModelEntry? Known(ModelCatalog models, string name) => models.Models.FirstOrDefault(model => model.Name == name);
}
