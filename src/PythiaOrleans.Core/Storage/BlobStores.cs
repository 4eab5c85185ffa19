using Azure.Core;
using Azure.Identity;
using Azure.Storage.Blobs;
using PythiaOrleans.Core.Telemetry;

namespace PythiaOrleans.Core.Storage;

/// <summary>Opens a store by its address: a folder's path, <c>az://container/prefix</c>, or the https address of a container with or without a SAS.</summary>
/// <remarks>
/// <c>az://</c> takes <c>AZURE_STORAGE_CONNECTION_STRING</c>, else <c>AZURE_STORAGE_ACCOUNT</c> with <c>AZURE_STORAGE_SAS_TOKEN</c>, else that account with the
/// identity of the machine, the cluster or the developer (Azure.Identity's default chain).
/// </remarks>
public static class BlobStores
{
    private const string Scheme = "az://";
    private const string ConnectionVariable = "AZURE_STORAGE_CONNECTION_STRING";
    private const string AccountVariable = "AZURE_STORAGE_ACCOUNT";
    private const string SasVariable = "AZURE_STORAGE_SAS_TOKEN";

    /// <summary>Whether an address is one of blob storage.</summary>
    public static bool IsAzure(string address)
    {
        ArgumentNullException.ThrowIfNull(address);
        return address.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) || address.StartsWith("https://", StringComparison.OrdinalIgnoreCase)
            || address.StartsWith("http://", StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>The store at an address. Nothing is read or written yet.</summary>
    /// <exception cref="ArgumentException">The address names no container, or nothing says which account.</exception>
    public static IBlobStore Open(string address) => IsAzure(address) ? OpenAzure(address) : new FolderBlobStore(address);

    /// <summary>The blob store at an address.</summary>
    /// <exception cref="ArgumentException">The address names no container, or nothing says which account.</exception>
    public static AzureBlobStore OpenAzure(string address)
    {
        ArgumentNullException.ThrowIfNull(address);
        if (!address.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase))
        {
            return OfUri(new Uri(address));
        }

        var parts = address[Scheme.Length..].Split('/', 2);
        var (name, prefix) = (parts[0], parts.Length > 1 ? parts[1].Trim('/') : "");
        if (name.Length == 0)
        {
            throw new ArgumentException($"'{address}': expected az://container or az://container/prefix.", nameof(address));
        }

        return new AzureBlobStore(ServiceClient().GetBlobContainerClient(name), prefix);
    }

    private static AzureBlobStore OfUri(Uri uri)
    {
        var builder = new BlobUriBuilder(uri);
        if (builder.BlobContainerName.Length == 0)
        {
            throw new ArgumentException($"'{uri.GetLeftPart(UriPartial.Path)}': expected the address of a container, found that of an account.", nameof(uri));
        }

        var prefix = builder.BlobName.Trim('/');
        builder.BlobName = "";
        var container = builder.Sas is not null ? new BlobContainerClient(builder.ToUri(), Options()) : new BlobContainerClient(builder.ToUri(), Identity(), Options());
        return new AzureBlobStore(container, prefix);
    }

    private static BlobServiceClient ServiceClient()
    {
        if (Environment.GetEnvironmentVariable(ConnectionVariable) is { Length: > 0 } connection)
        {
            return new BlobServiceClient(connection, Options());
        }

        var account = Environment.GetEnvironmentVariable(AccountVariable);
        if (string.IsNullOrEmpty(account))
        {
            throw new ArgumentException($"Nothing says which storage account: set {ConnectionVariable}, or {AccountVariable} with or without {SasVariable}.");
        }

        var uri = new Uri($"https://{account}.blob.core.windows.net");
        return Environment.GetEnvironmentVariable(SasVariable) is { Length: > 0 } sas
            ? new BlobServiceClient(uri, new Azure.AzureSasCredential(sas.TrimStart('?')), Options())
            : new BlobServiceClient(uri, Identity(), Options());
    }

    private static TokenCredential Identity() => new DefaultAzureCredential();

    // The newest version that the emulator knows, and every real account too.
    private static BlobClientOptions Options()
    {
        var options = new BlobClientOptions(BlobClientOptions.ServiceVersion.V2026_06_06);
        options.Retry.MaxRetries = 6;
        options.Retry.Mode = RetryMode.Exponential;
        options.Retry.NetworkTimeout = TimeSpan.FromSeconds(60);
        options.AddPolicy(new BlobRequestCount(), HttpPipelinePosition.PerRetry);
        return options;
    }
}
