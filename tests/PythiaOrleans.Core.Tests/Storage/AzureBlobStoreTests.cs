using Azure.Storage.Blobs;
using PythiaOrleans.Core.Ids;
using PythiaOrleans.Core.Storage;
using PythiaOrleans.Testing;

namespace PythiaOrleans.Core.Tests;

public sealed class AzureBlobStoreTests(Azurite azurite) : BlobStoreTests, IClassFixture<Azurite>
{
    private readonly string _container = $"t{Guid.NewGuid():N}";

    [Fact]
    public void Address_WithoutAContainerOrAnAccount_IsRefused()
    {
        Assert.Throws<ArgumentException>(() => BlobStores.OpenAzure("az://"));
        Assert.Throws<ArgumentException>(() => BlobStores.OpenAzure("https://account.blob.core.windows.net/"));
        Assert.DoesNotContain(
            "sig=",
            BlobStores.OpenAzure("https://account.blob.core.windows.net/c/p?sv=2024-01-01&sig=secret").Name,
            StringComparison.Ordinal);
        Assert.IsType<FolderBlobStore>(BlobStores.Open("some/folder"));
    }

    protected override IBlobStore Open() => new AzureBlobStore(
        new BlobContainerClient(
            azurite.ConnectionString, _container, new BlobClientOptions(BlobClientOptions.ServiceVersion.V2026_06_06)), "pre/fix");
}
