using Azure.Storage.Blobs;
using PythiaOrleans.Checkpoints.Cache;
using PythiaOrleans.Checkpoints.Formats;
using PythiaOrleans.Checkpoints.Formats.Safetensors;
using PythiaOrleans.Checkpoints.Sources.Hub;
using PythiaOrleans.Checkpoints.Sources.Mirror;
using PythiaOrleans.Core.Ids;
using PythiaOrleans.Core.Storage;
using PythiaOrleans.Testing;

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
    public async Task Copy_WithoutItsManifest_IsNotTrusted()
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
        var error = await Assert.ThrowsAsync<CheckpointFormatException>(async () => await other.FetchAsync(Id, Stop));
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

    /// <summary>Asked to, the mirror keeps the same values in half the space, and remembers what the original was.</summary>
    [Fact]
    public async Task Copy_OfHalvesInFloat32_TakesHalfTheSpaceAndHoldsTheSameValues()
    {
        await using var hub = await HubServer.StartAsync();
        var halves = Enumerable.Range(0, 5000).Select(i => (Half)(i * 0.001)).ToArray();
        using var original = new TemporaryFolder();
        SafetensorsWriter.Write(
            original["w.safetensors"], [new TensorToWrite("w", DType.F32, [5000], Bytes(halves.Select(value => (float)value).ToArray()))]);
        var weights = await File.ReadAllBytesAsync(original["w.safetensors"], Stop);
        hub.Add("lab/tiny", "step1000", "config.json", "{}"u8.ToArray());
        hub.Add("lab/tiny", "step1000", "model.safetensors", weights);
        using (var one = Open(hub, _first, keepHalf: true))
        {
            (await one.FetchAsync(Id, Stop)).Dispose();
        }

        using var other = Open(hub, _second);
        using var copies = await other.FetchAsync(Id, Stop);
        using var file = SafetensorsFile.Open(copies.Weights[0]);
        Assert.Equal(DType.F16, file.Tensors[0].DType);
        Assert.Equal(halves, file.Tensors[0].Values<Half>());
        Assert.Equal(HubServer.Sha256(weights), await other.DigestAsync(Id, Stop));
        Assert.True(RegularFile.LengthOf(copies.Weights[0]) < weights.Length * 0.51);
    }

    [Theory]
    [InlineData(0.1f)] // between two halves
    [InlineData(1e6f)] // beyond them
    [InlineData(float.NaN)] // its payload would not survive
    public void HalfCopy_OfOtherValues_IsNotMade(float value)
    {
        SafetensorsWriter.Write(_first["w.safetensors"], [new TensorToWrite("w", DType.F32, [3], Bytes([1f, 2f, value]))]);
        Assert.False(HalfCopy.TryWrite(_first["w.safetensors"], _first["half.safetensors"]));
        Assert.False(File.Exists(_first["half.safetensors"]));
    }

    private static byte[] Bytes(float[] values) => System.Runtime.InteropServices.MemoryMarshal.AsBytes(values.AsSpan()).ToArray();

    private static byte[] Publish(HubServer hub)
    {
        var weights = HubSourceTests.Noise(1_500_000, 9);
        hub.Add("lab/tiny", "step1000", "config.json", "{}"u8.ToArray());
        hub.Add("lab/tiny", "step1000", "tokenizer.json", "{}"u8.ToArray());
        hub.Add("lab/tiny", "step1000", "model.safetensors", [.. weights]);
        return weights;
    }

    private AzureBlobStore Mirror() =>
        new(
            new BlobContainerClient(
                azurite.ConnectionString, _container, new BlobClientOptions(BlobClientOptions.ServiceVersion.V2026_06_06)),
            "checkpoints");

    // Each folder is a machine: its hub cache, and what it brought from the container.
    private MirroredSource Open(HubServer hub, TemporaryFolder machine, string name = "hub:lab", bool keepHalf = false) => new(
        new HubSource(
            new HubOptions { Endpoint = hub.Hub, CacheFolder = machine["hub"], RetryDelay = TimeSpan.FromMilliseconds(10) },
            model => new HubModel($"lab/{model}"),
            name),
        Mirror(),
        new CheckpointCache(machine["azure"]),
        keepHalf);
}
