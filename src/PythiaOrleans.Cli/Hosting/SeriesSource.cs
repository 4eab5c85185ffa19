using PythiaOrleans.Checkpoints.Catalog;
using PythiaOrleans.Reporting.Findings;
using PythiaOrleans.Reporting.Published;
using PythiaOrleans.Reporting.Series;

namespace PythiaOrleans.Cli.Hosting;

/// <summary>Series by name: a sweep's, or the published ones.</summary>
internal static class SeriesSource
{
    /// <summary>Reads them, and warns where a sweep's results belong to different bytes of a checkpoint.</summary>
    public static Task<SeriesSet> LoadAsync(string name, string store, CancellationToken cancellationToken) =>
        LoadAsync(name, store, ModelCatalog.Default, cancellationToken);

    /// <summary>
    /// The same, and beside them the evaluations that findings read: the published ones, and those of the store's imports.
    /// </summary>
    /// <param name="name">The series; null for the published ones, and then no store is opened.</param>
    /// <param name="store">The store.</param>
    /// <param name="catalog">Knows the models.</param>
    /// <param name="cancellationToken">Stops the read.</param>
    public static async Task<SeriesSet> LoadWithEvaluationsAsync(
        string? name, string store, ModelCatalog catalog, CancellationToken cancellationToken)
    {
        var series = await LoadAsync(name ?? PublishedSeries.Name, store, catalog, cancellationToken);
        var blobs = name is null ? null : await StoreAccess.OpenBlobsAsync(store, cancellationToken);
        return await FindingEvaluations.JoinAsync(series, blobs, catalog, cancellationToken);
    }

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
