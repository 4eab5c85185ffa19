using PythiaOrleans.Core.Storage;
using PythiaOrleans.Core.Sweeps;

namespace PythiaOrleans.Cli.Hosting;

/// <summary>
/// Opens the store that a command names, after it has answered once: a command whose storage is away ends within seconds, with a sentence.
/// </summary>
internal static class StoreAccess
{
    /// <exception cref="StoreUnavailableException">The storage does not answer, or refuses.</exception>
    public static async Task<ResultStore> OpenAsync(string address, CancellationToken cancellationToken) =>
        new(await OpenBlobsAsync(address, cancellationToken));

    /// <exception cref="StoreUnavailableException">The storage does not answer, refuses, or has no such container.</exception>
    public static async Task<ResultStore> OpenExistingAsync(string address, CancellationToken cancellationToken) =>
        new(await BlobStores.OpenCheckedAsync(address, cancellationToken: cancellationToken, mustExist: true));

    /// <exception cref="StoreUnavailableException">The storage does not answer, or refuses.</exception>
    public static Task<IBlobStore> OpenBlobsAsync(string address, CancellationToken cancellationToken) =>
        BlobStores.OpenCheckedAsync(address, cancellationToken: cancellationToken);
}
