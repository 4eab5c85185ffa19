using PythiaOrleans.Cluster.Contracts;
using PythiaOrleans.Core.Storage;

namespace PythiaOrleans.Cli.Hosting;

/// <summary>Compares the store that a command names with the one that the cluster writes to.</summary>
internal static class ClusterStore
{
    /// <summary>Writes a small blob here and asks whether the cluster sees it: a folder may have other names on other machines.</summary>
    /// <exception cref="InvalidOperationException">They are two places.</exception>
    public static async Task CheckByWritingAsync(IDispatcherGrain cluster, string address, CancellationToken cancellationToken)
    {
        var blob = $"checks/{Guid.NewGuid():N}";
        var store = await StoreAccess.OpenBlobsAsync(address, cancellationToken);
        await store.TryCreateAsync(blob, "pythia"u8.ToArray(), cancellationToken);
        try
        {
            var check = await ClusterRetry.AskAsync(() => cluster.CheckStoreAsync(blob), cancellationToken);
            if (!check.Holds)
            {
                throw Differ(store.Name, check.Name);
            }
        }
        finally
        {
            await store.DeleteAsync(blob, CancellationToken.None);
        }
    }

    /// <summary>Compares the names, for commands that only look. Folders are taken for the same.</summary>
    /// <exception cref="InvalidOperationException">They are two places.</exception>
    public static async Task CheckByNameAsync(IDispatcherGrain cluster, string address, CancellationToken cancellationToken)
    {
        var own = BlobStores.Open(address).Name;
        var theirs = (await ClusterRetry.AskAsync(() => cluster.CheckStoreAsync("checks/none"), cancellationToken)).Name;
        if ((BlobStores.IsAzure(own) || BlobStores.IsAzure(theirs)) && own != theirs)
        {
            throw Differ(own, theirs);
        }
    }

    private static InvalidOperationException Differ(string own, string theirs) => new(
        $"--store names {own}, but the cluster keeps its results in {theirs}. Name the same place with --store or PYTHIA_STORE.");
}
