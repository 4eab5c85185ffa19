using System.Runtime.InteropServices;
using Azure.Storage.Blobs;
using PythiaOrleans.Checkpoints.Formats;
using PythiaOrleans.Checkpoints.Formats.Safetensors;
using PythiaOrleans.Checkpoints.Loading;
using PythiaOrleans.Checkpoints.Sources.Folder;
using PythiaOrleans.Core.Ids;
using PythiaOrleans.Testing;

namespace PythiaOrleans.EndToEnd.Tests;

/// <summary>The same weights in every file format and from every kind of source: the same results, byte for byte.</summary>
public sealed class FormatTests(Azurite azurite) : IClassFixture<Azurite>
{
    private const string Config =
        """{"model_type":"gpt_neox","hidden_size":8,"num_hidden_layers":2,"num_attention_heads":2,"intermediate_size":32,"vocab_size":16,"max_position_embeddings":4}""";

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Sweep_OfTheSameWeightsInAnyFormat_CommitsTheSameBytes()
    {
        using var folder = new TemporaryFolder();
        Lay(folder["torch"], ("neox.bin", "pytorch_model.bin"));
        Lay(folder["legacy"], ("neox-legacy.bin", "pytorch_model.bin"));
        Lay(
            folder["shards"],
            ("neox-00001-of-00002.bin", "pytorch_model-00001-of-00002.bin"),
            ("neox-00002-of-00002.bin", "pytorch_model-00002-of-00002.bin"));
        await ConvertAsync(folder["torch"], folder["safetensors"], DType.F16);
        await ConvertAsync(folder["torch"], folder["single"], DType.F32);
        await MirrorAsync(folder["safetensors"], "formats");

        var expected = await SweepAsync(folder, "safetensors", folder["safetensors"]);
        Assert.Equal(2 * 3, expected.Count);
        foreach (var format in new[] { "torch", "legacy", "shards", "single" })
        {
            Assert.Equal(expected, await SweepAsync(folder, format, folder[format]));
        }

        Assert.Equal(expected, await SweepAsync(folder, "azure", "az://formats/pre"));
    }

    // Two steps of one model, from files that real PyTorch wrote; the second step holds the same weights.
    private static void Lay(string root, params (string Fixture, string Name)[] files)
    {
        foreach (var step in new[] { "step0", "step10" })
        {
            var target = Directory.CreateDirectory(Path.Combine(root, "mixed", step)).FullName;
            File.WriteAllText(Path.Combine(target, "config.json"), Config);
            foreach (var (fixture, name) in files)
            {
                File.Copy(Path.Combine(AppContext.BaseDirectory, "TorchArchives", fixture), Path.Combine(target, name));
            }
        }
    }

    private static async Task ConvertAsync(string from, string to, DType type)
    {
        foreach (var step in new[] { 0, 10 })
        {
            var target = Directory.CreateDirectory(Path.Combine(to, "mixed", $"step{step}")).FullName;
            await File.WriteAllTextAsync(Path.Combine(target, "config.json"), Config, Stop);
            using var files = await new FolderSource(from).FetchAsync(new CheckpointId("mixed", step), Stop);
            using var checkpoint = CheckpointReader.Open(files);
            SafetensorsWriter.Write(
                Path.Combine(target, "model.safetensors"), [.. checkpoint.Parameters.Select(parameter => parameter.Tensor).Select(tensor =>
                new TensorToWrite(tensor.Name, type, [.. tensor.Shape], Bytes(tensor.Values<Half>(), type)))]);
        }
    }

    private static byte[] Bytes(ReadOnlySpan<Half> values, DType type) => type == DType.F16
        ? MemoryMarshal.AsBytes(values).ToArray()
        : MemoryMarshal.AsBytes(values.ToArray().Select(value => (float)value).ToArray().AsSpan()).ToArray();

    private async Task MirrorAsync(string folder, string container)
    {
        var client = new BlobContainerClient(
            azurite.ConnectionString, container, new BlobClientOptions(BlobClientOptions.ServiceVersion.V2026_06_06));
        await client.CreateIfNotExistsAsync(cancellationToken: Stop);
        foreach (var file in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories))
        {
            await client.GetBlobClient($"pre/{Path.GetRelativePath(folder, file)}").UploadAsync(file, overwrite: true, Stop);
        }
    }

    // The results but integrity's, which speaks of the files.
    private async Task<SortedDictionary<string, string>> SweepAsync(TemporaryFolder folder, string name, string source)
    {
        await File.WriteAllTextAsync(folder["catalog.json"], $$"""
            {"models":[{"name":"mixed","shape":{"model_type":"gpt_neox","blocks":2,"hidden_size":8,"heads":2,"intermediate_size":32,"vocabulary_rows":16},"steps":[0,10],"token_count":16}]}
            """, Stop);
        var (code, _, errors) = await PythiaProcess.RunAsync(
            new Dictionary<string, string>
            {
                ["AZURE_STORAGE_CONNECTION_STRING"] = azurite.ConnectionString,
                ["PYTHIA_CACHE"] = folder["cache"],
            },
            "sweep", "--source", source, "--store", folder[$"store-{name}"], "--name", "tiny", "--models", "mixed", "--steps", "0,10",
            "--reference-step", "0",
            "--catalog", folder["catalog.json"], "--analyses", "weight-moments,weight-distance,weight-distribution");
        Assert.True(code == 0, $"{name}: {errors}");
        var digests = StoreFiles.Digests(folder[$"store-{name}"]);
        foreach (var series in digests.Keys.Where(file => file.StartsWith("series", StringComparison.Ordinal)).ToArray())
        {
            digests.Remove(series);
        }

        return digests;
    }
}
