using Azure.Storage.Blobs;
using PythiaOrleans.Checkpoints.Cache;
using PythiaOrleans.Checkpoints.Catalog;
using PythiaOrleans.Checkpoints.Census;
using PythiaOrleans.Checkpoints.Formats;
using PythiaOrleans.Checkpoints.Sources.Azure;
using PythiaOrleans.Core.Ids;
using PythiaOrleans.Core.Storage;
using PythiaOrleans.Testing;

namespace PythiaOrleans.Checkpoints.Tests;

public sealed class AzureSourceTests(Azurite azurite) : IClassFixture<Azurite>
{
    /// <summary>A checkpoint in a container is measured from a folder of this machine; what is there is not brought again.</summary>
    [Fact]
    public async Task Source_BringsACheckpointOnce()
    {
        using var folder = new TemporaryFolder();
        var store = Open();
        await store.WriteAsync("tiny/step10/config.json", "{}"u8.ToArray(), TestContext.Current.CancellationToken);
        await store.WriteAsync("tiny/step10/model-00001-of-00002.safetensors", new byte[1000], TestContext.Current.CancellationToken);
        await store.WriteAsync("tiny/step10/model-00002-of-00002.safetensors", new byte[20 << 20], TestContext.Current.CancellationToken);
        await store.WriteAsync("tiny/step10/README.md", "no weights"u8.ToArray(), TestContext.Current.CancellationToken);
        await store.WriteAsync("tiny/step100/config.json", "{}"u8.ToArray(), TestContext.Current.CancellationToken);
        var source = new AzureSource(store, new CheckpointCache(folder.Root));
        var checkpoint = new CheckpointId("tiny", 10);

        Assert.Equal(1000L + (20 << 20), await source.FindAsync(checkpoint, TestContext.Current.CancellationToken));
        Assert.Null(await source.FindAsync(new CheckpointId("tiny", 100), TestContext.Current.CancellationToken));
        var all = await Task.WhenAll(
            Enumerable.Range(0, 4).Select(_ => source.FetchAsync(checkpoint, TestContext.Current.CancellationToken).AsTask()));
        Assert.All(all, files => Assert.Equal(2, files.Weights.Count));
        Assert.Equal(20 << 20, RegularFile.LengthOf(all[0].Weights[1]));
        Assert.Empty(Directory.GetFiles(folder.Root, "README.md", SearchOption.AllDirectories));
        Assert.All(all, files => files.Dispose());

        var brought = File.GetLastWriteTimeUtc(File.ResolveLinkTarget(all[0].Weights[1], returnFinalTarget: true)!.FullName);
        using var again = await source.FetchAsync(checkpoint, TestContext.Current.CancellationToken);
        Assert.Equal(all[0].Weights, again.Weights);
        Assert.Equal(brought, File.GetLastWriteTimeUtc(File.ResolveLinkTarget(again.Weights[1], returnFinalTarget: true)!.FullName));

        // Another version of a blob is another file.
        await store.WriteAsync("tiny/step10/model-00001-of-00002.safetensors", new byte[1001], TestContext.Current.CancellationToken);
        using var newer = await source.FetchAsync(checkpoint, TestContext.Current.CancellationToken);
        Assert.Equal(1001, RegularFile.LengthOf(newer.Weights[0]));
        await Assert.ThrowsAsync<FileNotFoundException>(
            () => source.FetchAsync(new CheckpointId("tiny", 20), TestContext.Current.CancellationToken).AsTask());
    }

    /// <summary>A census of a container: copies are found from 16 places of each file.</summary>
    [Fact]
    public async Task Census_OfAContainer_FindsCopiesAndMissingWeights()
    {
        using var folder = new TemporaryFolder();
        var (store, stop) = (Open(), TestContext.Current.CancellationToken);
        foreach (var step in new[] { 0, 1000, 2000, 3000 })
        {
            await store.WriteAsync($"tiny/step{step}/config.json", "{}"u8.ToArray(), stop);
            if (step != 3000)
            {
                await store.WriteAsync(
                    $"tiny/step{step}/pytorch_model.bin", HubSourceTests.Noise(300_000, Math.Min(step, 1000)), stop);
            }
        }

        var model = ModelCatalog.Default.Find("pythia-14m") with { Name = "tiny", Steps = [0, 1000, 2000, 3000] };
        var taker = new CensusTaker(
            new AzureSource(store, new CheckpointCache(folder.Root)).Revisions, store.Name, new FolderBlobStore(folder["store"]));
        Assert.Equal([1000, 2000, 3000], await KnownBadAsync(CensusLevel.Files));
        Assert.Equal([0, 1000, 2000, 3000], await KnownBadAsync(CensusLevel.Samples)); // noise is no archive of weights

        async Task<IEnumerable<int>> KnownBadAsync(CensusLevel level) =>
            (await taker.TakeAsync("test", [model], level, false, new Progress<CensusProgress>(), stop)).KnownBad["tiny"].Keys.Order();
    }

    private AzureBlobStore Open() => new(
        new BlobContainerClient(
            azurite.ConnectionString,
            $"t{Guid.NewGuid():N}",
            new BlobClientOptions(BlobClientOptions.ServiceVersion.V2026_06_06)), "pre/fix");
}
