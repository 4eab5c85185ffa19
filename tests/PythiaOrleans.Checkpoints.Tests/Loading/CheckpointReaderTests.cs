using System.Text.Json;
using PythiaOrleans.Checkpoints.Catalog;
using PythiaOrleans.Checkpoints.Families;
using PythiaOrleans.Checkpoints.Formats;
using PythiaOrleans.Checkpoints.Formats.Safetensors;
using PythiaOrleans.Checkpoints.Loading;
using PythiaOrleans.Checkpoints.Sources;
using PythiaOrleans.Checkpoints.Sources.Folder;
using PythiaOrleans.Core.Ids;
using PythiaOrleans.Testing;

namespace PythiaOrleans.Checkpoints.Tests;

public sealed class CheckpointReaderTests
{
    private static readonly CheckpointId Id = new("tiny", 10);

    private static readonly ModelShape Shape = new()
    {
        ModelType = "gpt_neox",
        Blocks = 2,
        HiddenSize = 8,
        Heads = 2,
        IntermediateSize = 32,
        VocabularyRows = 16,
    };

    [Fact]
    public async Task Checkpoint_Open_HoldsEveryParameterInOrderWithoutBuffers()
    {
        using var folder = new TemporaryFolder();
        Write(folder, tensors => tensors.AddRange(
        [
            Zeros("gpt_neox.layers.0.attention.bias", [1, 1, 4, 4], DType.U8), Zeros("gpt_neox.layers.0.attention.masked_bias", []),
            Zeros("gpt_neox.layers.1.attention.rotary_emb.inv_freq", [1]), Zeros("something.else", [2]),
        ]));
        using var checkpoint = CheckpointReader.Open(await FetchAsync(folder));
        Assert.Equal(2 + (2 * 12) + 2, checkpoint.Parameters.Count);
        Assert.Equal(Components.EmbedIn, checkpoint.Parameters[0].Name.Component);
        Assert.Equal(Components.EmbedOut, checkpoint.Parameters[^1].Name.Component);
        Assert.Equal([24L, 8L], checkpoint[new WeightName(Components.QueryKeyValue, 1, "weight")].Tensor.Shape);
        Assert.Equal(3, checkpoint.DroppedBuffers.Count);
        Assert.Equal(["something.else"], checkpoint.UnknownTensors);
        Assert.Null(checkpoint.Find(new WeightName("nothing", 0, "weight")));
    }

    [Fact]
    public async Task Digest_IsTheSha256OfTheFile()
    {
        using var folder = new TemporaryFolder();
        Write(folder);
        using var checkpoint = CheckpointReader.Open(await FetchAsync(folder));
        var bytes = await File.ReadAllBytesAsync(Weights(folder), TestContext.Current.CancellationToken);
        Assert.Equal(Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(bytes)), checkpoint.FileDigest);
        Assert.Equal(bytes.Length, checkpoint.Files.Single().Bytes);
    }

    [Fact]
    public async Task Checkpoint_WithAWrongShape_NamesFileTensorExpectedAndFound()
    {
        using var folder = new TemporaryFolder();
        Write(folder, tensors => tensors[tensors.FindIndex(tensor => tensor.Name.EndsWith("1.attention.dense.weight", StringComparison.Ordinal))] =
            Zeros("gpt_neox.layers.1.attention.dense.weight", [8, 4]));
        var files = await FetchAsync(folder);
        var error = Assert.Throws<CheckpointFormatException>(() => CheckpointReader.Open(files));
        Assert.Contains("model.safetensors: tensor 'gpt_neox.layers.1.attention.dense.weight': expected floating-point numbers [8, 8], found F16 [8, 4]", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Checkpoint_WithoutATensor_NamesIt()
    {
        using var folder = new TemporaryFolder();
        Write(folder, tensors => tensors.RemoveAll(tensor => tensor.Name == "embed_out.weight"));
        var files = await FetchAsync(folder);
        Assert.Contains("embed_out.weight", Assert.Throws<CheckpointFormatException>(() => CheckpointReader.Open(files)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{ "model_type": "bert" }""", "gpt_neox")]
    [InlineData("""{ "model_type": "gpt_neox", "hidden_size": 8 }""", "num_attention_heads")]
    [InlineData("""{ "model_type": "gpt_neox", "hidden_size": "8" }""", "hidden_size")]
    [InlineData("""{ "model_type": "gpt_neox", "hidden_size": 8, "num_attention_heads": 3 }""", "a divisor")]
    [InlineData("[]", "nothing")]
    [InlineData("{", "JSON")]
    public async Task Config_ThatMakesNoSense_IsRefusedWithItsField(string config, string complaint)
    {
        using var folder = new TemporaryFolder();
        Write(folder);
        await File.WriteAllTextAsync(Path.Combine(folder.Root, Id.Path, "config.json"), config, TestContext.Current.CancellationToken);
        var files = await FetchAsync(folder);
        Assert.Contains(complaint, Assert.Throws<CheckpointFormatException>(() => CheckpointReader.Open(files)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Weights_BehindALink_AreReadWhole()
    {
        using var folder = new TemporaryFolder();
        Write(folder);
        var bytes = new FileInfo(Weights(folder)).Length;
        File.Move(Weights(folder), folder["blob"]);
        File.CreateSymbolicLink(Weights(folder), folder["blob"]);

        Assert.Equal(bytes, await new FolderSource(folder.Root).FindAsync(Id, TestContext.Current.CancellationToken));
        using var checkpoint = CheckpointReader.Open(await FetchAsync(folder));
        Assert.Equal(bytes, Assert.Single(checkpoint.Files).Bytes);
    }

    [Fact]
    public async Task Folder_WithoutTheCheckpoint_SaysWhatItLookedFor()
    {
        using var folder = new TemporaryFolder();
        var error = await Assert.ThrowsAsync<FileNotFoundException>(async () => await FetchAsync(folder));
        Assert.Contains("tiny@step10", error.Message, StringComparison.Ordinal);
        Assert.Null(await new FolderSource(folder.Root).FindAsync(Id, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Folder_WithAShardMissing_SaysSo()
    {
        using var folder = new TemporaryFolder();
        Write(folder);
        File.Move(Weights(folder), Path.Combine(folder.Root, Id.Path, "model-00001-of-00002.safetensors"));
        var error = await Assert.ThrowsAsync<CheckpointFormatException>(async () => await FetchAsync(folder));
        Assert.Contains("expected 2 files", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Catalog_FromFolder_ReadsShapeAndSteps()
    {
        using var folder = new TemporaryFolder();
        Write(folder);
        var model = FolderModels.Read(folder.Root).Find("tiny");
        Assert.Equal([10], model.Steps);
        Assert.Equal(Shape, model.Shape);
    }

    private static string Weights(TemporaryFolder folder) => Path.Combine(folder.Root, Id.Path, "model.safetensors");

    private static ValueTask<CheckpointFiles> FetchAsync(TemporaryFolder folder) => new FolderSource(folder.Root).FetchAsync(Id, TestContext.Current.CancellationToken);

    private static TensorToWrite Zeros(string name, long[] shape, DType type = DType.F16) =>
        new(name, type, shape, new byte[type.Width() * shape.Aggregate(1L, (product, size) => product * size)]);

    private static void Write(TemporaryFolder folder, Action<List<TensorToWrite>>? change = null)
    {
        Directory.CreateDirectory(Path.Combine(folder.Root, Id.Path));
        var tensors = ModelFamilies.For(Shape).Expect(Shape).Select(tensor => Zeros(tensor.TensorName, tensor.Shape)).ToList();
        change?.Invoke(tensors);
        SafetensorsWriter.Write(Weights(folder), tensors);
        File.WriteAllText(Path.Combine(folder.Root, Id.Path, "config.json"), JsonSerializer.Serialize(new
        {
            model_type = "gpt_neox",
            hidden_size = 8,
            num_hidden_layers = 2,
            num_attention_heads = 2,
            intermediate_size = 32,
            vocab_size = 16,
        }));
    }
}
