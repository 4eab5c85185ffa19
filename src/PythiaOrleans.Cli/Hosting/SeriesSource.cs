using PythiaOrleans.Reporting.Published;
using PythiaOrleans.Reporting.Series;

namespace PythiaOrleans.Cli.Hosting;

/// <summary>Series by name: a sweep's, or the published ones.</summary>
internal static class SeriesSource
{
    /// <summary>Reads them, and warns where a sweep's results belong to different bytes of a checkpoint.</summary>
    public static async Task<SeriesSet> LoadAsync(string name, string store, CancellationToken cancellationToken)
    {
        if (name == PublishedSeries.Name)
        {
            return PublishedSeries.Load();
        }

        var results = await StoreAccess.OpenAsync(store, cancellationToken);
        var series = await SeriesSet.ReadAsync(new SeriesReader(results.Blobs), name, cancellationToken);
        await SourceCheck.WarnOfStoredAsync(results, name, cancellationToken);
        return series;
    }
}
