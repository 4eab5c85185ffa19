using Azure.Storage.Blobs;

namespace PythiaOrleans.Checkpoints.Tests;

public sealed class MirroredSourceTests(Azurite azurite) : IClassFixture<Azurite>, IDisposable
{
    private static readonly CheckpointId Id = new("tiny", 1000);
    private readonly TemporaryFolder _first = new();
    private readonly TemporaryFolder _second = new();
    private readonly string _container = $"m{Guid.NewGuid():N}";

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _first.Dispose();
        _second.Dispose();
    }

    [Fact]
    public async Task Checkpoint_UsedOnOneMachine_ComesToTheNextWithoutTheHub()
    {
        await using var hub = await HubServer.StartAsync();
        var weights = Publish(hub);
        using (var one = Open(hub, _first))
        using (var files = await one.FetchAsync(Id, Stop))
        {
            Assert.Equal(weights, await File.ReadAllBytesAsync(files.Weights[0], Stop));
        }

        hub.Requests.Clear();
        using var other = Open(hub, _second);
        Assert.Equal(weights.Length, await other.FindAsync(Id, Stop));
        Assert.Equal(HubServer.Sha256(weights), await other.DigestAsync(Id, Stop));
        using var copies = await other.FetchAsync(Id, Stop);
        Assert.Equal(weights, await File.ReadAllBytesAsync(copies.Weights[0], Stop));
        Assert.NotNull(copies.Tokenizer);
        Assert.Empty(hub.Requests);
    }

    [Fact]
    public async Task Copy_WithoutItsSeal_IsNotTrusted()
    {
        await using var hub = await HubServer.StartAsync();
        var weights = Publish(hub);
        using (var one = Open(hub, _first))
        {
            (await one.FetchAsync(Id, Stop)).Dispose();
        }

        await Mirror().DeleteAsync("tiny/step1000/mirrored.json", Stop);
        hub.Requests.Clear();
        using var other = Open(hub, _second);
        using var files = await other.FetchAsync(Id, Stop);
        Assert.Equal(weights, await File.ReadAllBytesAsync(files.Weights[0], Stop));
        Assert.NotEmpty(hub.Requests);
        Assert.True(await Mirror().ExistsAsync("tiny/step1000/mirrored.json", Stop));
    }

    [Fact]
    public async Task Copy_WithOtherBytes_IsRefusedAndNotKept()
    {
        await using var hub = await HubServer.StartAsync();
        var weights = Publish(hub);
        using (var one = Open(hub, _first))
        {
            (await one.FetchAsync(Id, Stop)).Dispose();
        }

        weights[500] ^= 1;
        await Mirror().WriteAsync("tiny/step1000/model.safetensors", weights, Stop);
        using var other = Open(hub, _second);
        var error = await Assert.ThrowsAsync<IOException>(async () => await other.FetchAsync(Id, Stop));
        Assert.Contains(HubServer.Sha256(weights), error.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(_second.Root, "model.safetensors", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task Copy_OfAnotherOrganisation_IsNotTaken()
    {
        await using var hub = await HubServer.StartAsync();
        Publish(hub);
        using (var one = Open(hub, _first))
        {
            (await one.FetchAsync(Id, Stop)).Dispose();
        }

        hub.Requests.Clear();
        using var other = Open(hub, _second, "hub:elsewhere");
        (await other.FetchAsync(Id, Stop)).Dispose();
        Assert.NotEmpty(hub.Requests);
    }

    private static byte[] Publish(HubServer hub)
    {
        var weights = HubSourceTests.Noise(1_500_000, 9);
        hub.Add("lab/tiny", "step1000", "config.json", "{}"u8.ToArray());
        hub.Add("lab/tiny", "step1000", "tokenizer.json", "{}"u8.ToArray());
        hub.Add("lab/tiny", "step1000", "model.safetensors", [.. weights]);
        return weights;
    }

    private AzureBlobStore Mirror() =>
        new(new BlobContainerClient(azurite.ConnectionString, _container, new BlobClientOptions(BlobClientOptions.ServiceVersion.V2026_06_06)), "checkpoints");

    // Each folder is a machine: its hub cache, and what it brought from the container.
    private MirroredSource Open(HubServer hub, TemporaryFolder machine, string name = "hub:lab") => new(
        new HubSource(new HubOptions { Endpoint = hub.Hub, CacheFolder = machine["hub"], Pause = TimeSpan.FromMilliseconds(10) }, model => $"lab/{model}", name),
        Mirror(),
        machine["azure"]);
}
