using PythiaOrleans.Checkpoints.Catalog;
using PythiaOrleans.Reporting.Published;
using PythiaOrleans.Reporting.Series;

namespace PythiaOrleans.Cli.Hosting;

/// <summary>Series by name: a sweep's, or the published ones.</summary>
internal static class SeriesSource
{
    /// <summary>Reads them, and warns where a sweep's results belong to different bytes of a checkpoint.</summary>
    public static Task<SeriesSet> LoadAsync(string name, string store, CancellationToken cancellationToken) =>
        LoadAsync(name, store, ModelCatalog.Default, cancellationToken);

    /// <summary>With the schedules that a catalog knows; the published series have their own.</summary>
    public static async Task<SeriesSet> LoadAsync(string name, string store, ModelCatalog catalog, CancellationToken cancellationToken)
    {
        if (name == PublishedSeries.Name)
        {
            return PublishedSeries.Load();
        }

        var results = await StoreAccess.OpenAsync(store, cancellationToken);
        var series = await SeriesSet.ReadAsync(new SeriesReader(results.Blobs), name, catalog, cancellationToken);
        await SourceCheck.WarnOfStoredAsync(results, name, cancellationToken);
        return series;
    }
}
