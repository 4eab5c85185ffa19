using System.Text.RegularExpressions;
using Azure.Core;
using Azure.Storage.Blobs;
using PythiaOrleans.Core.Telemetry;

namespace PythiaOrleans.Core.Storage;

/// <summary>
/// Opens a store by its address: a folder's path, <c>az://container/prefix</c>, or the https address of a container with or without a SAS.
/// </summary>
/// <remarks>
/// <c>az://</c> takes <c>AZURE_STORAGE_CONNECTION_STRING</c>, else <c>AZURE_STORAGE_ACCOUNT</c> with <c>AZURE_STORAGE_SAS_TOKEN</c>, else
/// that account with the
/// identity of the machine, the cluster or the developer (Azure.Identity's default chain). That identity's token goes to the hosts of Azure
/// Blob Storage and to
/// those of <c>PYTHIA_IDENTITY_HOSTS</c> only, whoever named the address.
/// </remarks>
public static partial class BlobStores
{
    private const string Scheme = "az://";

    private static readonly TimeSpan CheckLimit = TimeSpan.FromSeconds(8);

    /// <summary>Whether an address is one of blob storage.</summary>
    public static bool IsAzure(string address)
    {
        ArgumentNullException.ThrowIfNull(address);
        return address.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)
            || address.StartsWith("https://", StringComparison.OrdinalIgnoreCase)
            || address.StartsWith("http://", StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>The store at an address. Nothing is read or written yet.</summary>
    /// <param name="address">A folder or a container.</param>
    /// <param name="durable">Whether a folder's blobs are on the disk before their names appear (<see cref="FolderBlobStore"/>).</param>
    /// <exception cref="ArgumentException">The address names no container, nothing says which account, or its host may not see this
    /// machine's identity.</exception>
    public static IBlobStore Open(string address, bool durable = true) =>
        IsAzure(address) ? OpenAzure(address, BlobRole.Store) : new FolderBlobStore(address, durable);

    /// <summary>
    /// The store at an address, after it has answered once: a command then ends within seconds where the storage is away.
    /// </summary>
    /// <param name="address">A folder or a container.</param>
    /// <param name="durable">As for <see cref="Open"/>.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <param name="mustExist">Whether a container that does not exist is an error: to a reader it would look empty.</param>
    /// <exception cref="ArgumentException">As for <see cref="Open"/>.</exception>
    /// <exception cref="StoreUnavailableException">The container does not answer, or refuses.</exception>
    public static async Task<IBlobStore> OpenCheckedAsync(
        string address, bool durable = true, CancellationToken cancellationToken = default, bool mustExist = false)
    {
        if (IsAzure(address))
        {
            var probe = OpenAzure(address, BlobRole.Store, isProbe: true);
            if (!await ExistsAsync(probe, cancellationToken).ConfigureAwait(false) && mustExist)
            {
                throw new StoreUnavailableException(
                    $"{address}: there is no such container. Check its name, and which account {StorageAccount.ConnectionVariable} or "
                        + $"{StorageAccount.NameVariable} names; `pythia sweep` creates it.");
            }
        }

        return Open(address, durable);
    }

    /// <summary>The blobs at an address.</summary>
    /// <exception cref="ArgumentException">As for <see cref="Open"/>.</exception>
    public static AzureBlobStore OpenAzure(string address, BlobRole role = BlobRole.Source) => OpenAzure(address, role, isProbe: false);

    private static async Task<bool> ExistsAsync(AzureBlobStore store, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(CheckLimit);
        try
        {
            return await store.ContainerExistsAsync(limit.Token).ConfigureAwait(false);
        }
        catch (Exception error) when (
            error is OperationCanceledException or AggregateException && !cancellationToken.IsCancellationRequested)
        {
            throw new StoreUnavailableException(
                $"{store.Name} does not answer within {CheckLimit.TotalSeconds:0} s. Check the address and the network, or wait until the "
                    + "storage is back.", error);
        }
    }

    private static AzureBlobStore OpenAzure(string address, BlobRole role, bool isProbe)
    {
        ArgumentNullException.ThrowIfNull(address);
        if (!address.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase))
        {
            return OpenContainer(ParseUri(address), role, isProbe);
        }

        var parts = address[Scheme.Length..].Split('/', 2);
        var (name, prefix) = (parts[0], parts.Length > 1 ? parts[1].Trim('/') : "");
        if (!ContainerName().IsMatch(name))
        {
            throw new ArgumentException(
                $"'{address}': expected az://container or az://container/prefix, the container's name of 3 to 63 lower-case letters, "
                    + "digits and single dashes.",
                nameof(address));
        }

        return new AzureBlobStore(ServiceClient(isProbe).GetBlobContainerClient(name), prefix, role);
    }

    private static Uri ParseUri(string address) => Uri.TryCreate(address, UriKind.Absolute, out var uri)
        ? uri
        : throw new ArgumentException(
            $"'{address.Split('?', 2)[0]}': expected the address of a container, https://ACCOUNT.blob.core.windows.net/CONTAINER.");

    private static AzureBlobStore OpenContainer(Uri uri, BlobRole role, bool isProbe)
    {
        var builder = new BlobUriBuilder(uri);
        if (builder.BlobContainerName.Length == 0)
        {
            throw new ArgumentException(
                $"'{uri.GetLeftPart(UriPartial.Path)}': expected the address of a container, found that of an account.", nameof(uri));
        }

        var prefix = builder.BlobName.Trim('/');
        builder.BlobName = "";
        var container = builder.Sas is not null
            ? new BlobContainerClient(builder.ToUri(), Options(isProbe))
            : new BlobContainerClient(IdentityHosts.Validate(builder.ToUri()), StorageAccount.CreateIdentity(), Options(isProbe));
        return new AzureBlobStore(container, prefix, role);
    }

    private static BlobServiceClient ServiceClient(bool isProbe) => StorageAccount.Open(
        "blob",
        connection => new BlobServiceClient(connection, Options(isProbe)),
        (account, sas) => new BlobServiceClient(account, sas, Options(isProbe)),
        (account, identity) => new BlobServiceClient(account, identity, Options(isProbe)));

    // The newest version that the emulator knows, and every real account too.
    private static BlobClientOptions Options(bool isProbe)
    {
        var options = new BlobClientOptions(BlobClientOptions.ServiceVersion.V2026_06_06);
        options.Retry.MaxRetries = isProbe ? 2 : 6;
        options.Retry.Mode = RetryMode.Exponential;
        options.Retry.NetworkTimeout = TimeSpan.FromSeconds(60);
        options.AddPolicy(new BlobRequestCount(), HttpPipelinePosition.PerRetry);
        return options;
    }

    [GeneratedRegex(@"\A(?=.{3,63}\z)([a-z0-9]+(-[a-z0-9]+)*|\$root|\$web)\z")]
    private static partial Regex ContainerName();
}
