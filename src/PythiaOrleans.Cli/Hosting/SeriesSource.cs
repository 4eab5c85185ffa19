using PythiaOrleans.Checkpoints.Catalog;
using PythiaOrleans.Reporting.Published;
using PythiaOrleans.Reporting.Series;

namespace PythiaOrleans.Cli.Hosting;

/// <summary>Series by name: a sweep's, or the published ones.</summary>
internal static class SeriesSource
{
    public static Task<SeriesSet> LoadAsync(string name, string store, CancellationToken cancellationToken) =>
        LoadAsync(name, store, ModelCatalog.Default, cancellationToken);

    /// <summary>With the schedules that a catalog knows; the published series have their own.</summary>
    public static async Task<SeriesSet> LoadAsync(string name, string store, ModelCatalog catalog, CancellationToken cancellationToken) =>
        name == PublishedSeries.Name
        ? PublishedSeries.Load()
        : await SeriesSet.ReadAsync(
            new SeriesReader(await StoreAccess.OpenBlobsAsync(store, cancellationToken)), name, catalog, cancellationToken);
}
