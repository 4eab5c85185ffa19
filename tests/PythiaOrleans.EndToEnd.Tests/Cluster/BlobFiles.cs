using System.Security.Cryptography;
using Azure.Storage.Blobs;
using PythiaOrleans.Core.Storage;
using PythiaOrleans.Testing;

namespace PythiaOrleans.EndToEnd.Tests;

/// <summary>What a container holds, as an outsider sees it.</summary>
internal static class BlobFiles
{
    /// <summary>The digests of all results and series, by their name below the prefix.</summary>
    public static async Task<SortedDictionary<string, string>> DigestsAsync(Azurite storage, string container, string prefix)
    {
        var options = new BlobClientOptions(BlobClientOptions.ServiceVersion.V2026_06_06);
        var store = new AzureBlobStore(new BlobContainerClient(storage.ConnectionString, container, options), prefix);
        var digests = new SortedDictionary<string, string>(StringComparer.Ordinal);
        await foreach (var name in store.ListAsync("", TestContext.Current.CancellationToken))
        {
            if (name.EndsWith(".parquet", StringComparison.Ordinal))
            {
                digests[name] = Convert.ToHexStringLower(
                    SHA256.HashData((await store.ReadAsync(name, TestContext.Current.CancellationToken))!));
            }
        }

        return digests;
    }
}
