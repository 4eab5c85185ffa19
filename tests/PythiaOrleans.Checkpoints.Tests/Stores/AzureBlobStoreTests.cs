using Azure.Storage.Blobs;

namespace PythiaOrleans.Checkpoints.Tests;

public sealed class AzureBlobStoreTests(Azurite azurite) : BlobStoreTests, IClassFixture<Azurite>
{
    private readonly string _container = $"t{Guid.NewGuid():N}";

    /// <summary>A checkpoint in a container is measured from a folder of this machine; what is there is not brought again.</summary>
    [Fact]
    public async Task Source_BringsACheckpointOnce()
    {
        using var folder = new TemporaryFolder();
        var store = (AzureBlobStore)Open();
        await store.WriteAsync("tiny/step10/config.json", "{}"u8.ToArray(), Stop);
        await store.WriteAsync("tiny/step10/model-00001-of-00002.safetensors", new byte[1000], Stop);
        await store.WriteAsync("tiny/step10/model-00002-of-00002.safetensors", new byte[20 << 20], Stop);
        await store.WriteAsync("tiny/step10/README.md", "no weights"u8.ToArray(), Stop);
        await store.WriteAsync("tiny/step100/config.json", "{}"u8.ToArray(), Stop);
        var source = new AzureSource(store, new CheckpointCache(folder.Root));
        var checkpoint = new CheckpointId("tiny", 10);

        Assert.Equal(1000L + (20 << 20), await source.FindAsync(checkpoint, Stop));
        Assert.Null(await source.FindAsync(new CheckpointId("tiny", 100), Stop));
        var all = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => source.FetchAsync(checkpoint, Stop).AsTask()));
        Assert.All(all, files => Assert.Equal(2, files.Weights.Count));
        Assert.Equal(20 << 20, MappedFile.LengthOf(all[0].Weights[1]));
        Assert.Empty(Directory.GetFiles(folder.Root, "README.md", SearchOption.AllDirectories));
        Assert.All(all, files => files.Dispose());

        var brought = File.GetLastWriteTimeUtc(File.ResolveLinkTarget(all[0].Weights[1], returnFinalTarget: true)!.FullName);
        using var again = await source.FetchAsync(checkpoint, Stop);
        Assert.Equal(all[0].Weights, again.Weights);
        Assert.Equal(brought, File.GetLastWriteTimeUtc(File.ResolveLinkTarget(again.Weights[1], returnFinalTarget: true)!.FullName));

        // Another version of a blob is another file.
        await store.WriteAsync("tiny/step10/model-00001-of-00002.safetensors", new byte[1001], Stop);
        using var newer = await source.FetchAsync(checkpoint, Stop);
        Assert.Equal(1001, MappedFile.LengthOf(newer.Weights[0]));
        await Assert.ThrowsAsync<FileNotFoundException>(() => source.FetchAsync(new CheckpointId("tiny", 20), Stop).AsTask());
    }

    [Fact]
    public void Address_WithoutAContainerOrAnAccount_IsRefused()
    {
        Assert.Throws<ArgumentException>(() => BlobStores.OpenAzure("az://"));
        Assert.Throws<ArgumentException>(() => BlobStores.OpenAzure("https://account.blob.core.windows.net/"));
        Assert.DoesNotContain("sig=", BlobStores.OpenAzure("https://account.blob.core.windows.net/c/p?sv=2024-01-01&sig=secret").Name, StringComparison.Ordinal);
        Assert.IsType<FolderBlobStore>(BlobStores.Open("some/folder"));
    }

    protected override IBlobStore Open() => new AzureBlobStore(
        new BlobContainerClient(azurite.ConnectionString, _container, new BlobClientOptions(BlobClientOptions.ServiceVersion.V2026_06_06)), "pre/fix");
}
