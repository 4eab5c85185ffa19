using PythiaOrleans.Checkpoints;
using PythiaOrleans.Results;

namespace PythiaOrleans.Cli;

/// <summary>Series by name: a sweep's, or the published ones.</summary>
internal static class SeriesSource
{
    public static async Task<SeriesSet> LoadAsync(string name, string store, CancellationToken cancellationToken) => name == PublishedSeries.Name
        ? PublishedSeries.Load()
        : await SeriesSet.ReadAsync(new SeriesReader(BlobStores.Open(store)), name, cancellationToken);
}
