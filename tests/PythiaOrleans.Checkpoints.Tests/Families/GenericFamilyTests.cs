using PythiaOrleans.Checkpoints.Families;
using PythiaOrleans.Checkpoints.Formats;
using PythiaOrleans.Checkpoints.Formats.Safetensors;
using PythiaOrleans.Checkpoints.Loading;
using PythiaOrleans.Checkpoints.Sources.Folder;
using PythiaOrleans.Core.Ids;
using PythiaOrleans.Testing;

namespace PythiaOrleans.Checkpoints.Tests;

/// <summary>Architectures without a family: their tensors are read as they are, grouped by blocks.</summary>
public sealed class GenericFamilyTests
{
    /// <summary>A Mamba, a BERT, a ViT and a Whisper, each with the names of its own files.</summary>
    [Theory]
    [InlineData("mamba", "backbone.layers.1.mixer.in_proj.weight", "mixer.in_proj", 1, ComponentRole.Other)]
    [InlineData("mamba", "backbone.layers.0.mixer.A_log", "mixer.A_log", 0, ComponentRole.Other)]
    [InlineData("mamba", "backbone.embeddings.weight", "backbone.embeddings", null, ComponentRole.Other)]
    [InlineData("bert", "bert.encoder.layer.1.attention.self.query.weight", "attention.self.query", 1, ComponentRole.Query)]
    [InlineData("bert", "bert.encoder.layer.0.attention.output.dense.bias", "attention.output.dense", 0, ComponentRole.AttentionOutput)]
    [InlineData("bert", "bert.encoder.layer.0.intermediate.dense.weight", "intermediate.dense", 0, ComponentRole.MlpIn)]
    [InlineData("bert", "bert.embeddings.word_embeddings.weight", "bert.embeddings.word_embeddings", null, ComponentRole.Embedding)]
    [InlineData("bert", "cls.predictions.bias", "cls.predictions", null, ComponentRole.Other)]
    [InlineData("vit", "vit.embeddings.cls_token", "vit.embeddings.cls_token", null, ComponentRole.Other)]
    [InlineData("vit", "vit.encoder.layer.1.output.dense.weight", "output.dense", 1, ComponentRole.Other)]
    [InlineData("whisper", "model.encoder.layers.0.self_attn.k_proj.weight", "encoder.layers.self_attn.k_proj", 0, ComponentRole.Key)]
    [InlineData("whisper", "model.decoder.layers.0.self_attn.k_proj.weight", "decoder.layers.self_attn.k_proj", 0, ComponentRole.Key)]
    [InlineData("whisper", "model.decoder.layers.1.fc1.weight", "decoder.layers.fc1", 1, ComponentRole.MlpIn)]
    [InlineData("mixtral", "model.layers.0.block_sparse_moe.experts.5.w1.weight", "block_sparse_moe.experts.5.w1", 0, ComponentRole.Other)]
    public async Task Tensor_OfAnArchitectureWithoutAFamily_HasAComponentAndABlock(
        string type, string name, string component, int? block, ComponentRole role)
    {
        using var folder = new TemporaryFolder();
        using var checkpoint = await OpenAsync(folder, type);
        var parameter = checkpoint.Parameters.Single(parameter => parameter.Tensor.Name == name);
        Assert.Equal((component, block), (parameter.Name.Component, parameter.Name.Block));
        Assert.Equal(role, Components.RoleOf(component));
        Assert.Equal(name.EndsWith(".bias", StringComparison.Ordinal) ? "bias" : "weight", parameter.Name.Parameter);
    }

    [Theory]
    [InlineData("mamba")]
    [InlineData("bert")]
    [InlineData("vit")]
    [InlineData("whisper")]
    [InlineData("mixtral")]
    public async Task Checkpoint_WithoutAFamily_HoldsEveryTensorOnce(string type)
    {
        using var folder = new TemporaryFolder();
        using var checkpoint = await OpenAsync(folder, type);
        Assert.Equal(Names(type).Length, checkpoint.Parameters.Count);
        Assert.Equal(["step_count"], checkpoint.UnknownTensors); // whole numbers are no weights
        Assert.Equal(checkpoint.Parameters.Sum(parameter => parameter.Tensor.Count), checkpoint.Shape.ParameterCount);
        Assert.Equal(
            checkpoint.Parameters.Select(parameter => parameter.Name.Block ?? -1).Order(),
            checkpoint.Parameters.Select(parameter => parameter.Name.Block ?? -1));
    }

    /// <summary>Two names that would be the same parameter stay apart.</summary>
    [Fact]
    public void NamesThatWouldCoincide_StayApart()
    {
        var found = GenericFamily.Describe([("a.0.w.weight", [2, 2]), ("a.0.w", [2, 2]), ("a.1.w.weight", [2, 2])]);
        Assert.Equal(3, found.Select(tensor => tensor.Weight).Distinct().Count());
        Assert.Equal(new WeightName("w", 1, "weight"), found.Single(tensor => tensor.TensorName == "a.1.w.weight").Weight);
    }

    private static string[] Names(string type) => type switch
    {
        "mamba" =>
        [
            "backbone.embeddings.weight", "backbone.norm_f.weight",
            .. Blocks(
                "backbone.layers",
                "mixer.in_proj.weight",
                "mixer.A_log",
                "mixer.D",
                "mixer.conv1d.weight",
                "mixer.conv1d.bias",
                "norm.weight"),
        ],
        "bert" =>
        [
            "bert.embeddings.word_embeddings.weight", "bert.embeddings.LayerNorm.gamma", "cls.predictions.bias",
            .. Blocks(
                "bert.encoder.layer",
                "attention.self.query.weight",
                "attention.self.query.bias",
                "attention.output.dense.weight",
                "attention.output.dense.bias",
                "intermediate.dense.weight", "output.dense.weight"),
        ],
        "vit" =>
            [
                "vit.embeddings.cls_token", "vit.embeddings.patch_embeddings.projection.weight",
                .. Blocks("vit.encoder.layer", "attention.attention.query.weight", "output.dense.weight"),
            ],
        "whisper" =>
        [
            "model.encoder.conv1.weight", "model.decoder.embed_tokens.weight",
            .. Blocks(
                "model.encoder.layers",
                "self_attn.k_proj.weight",
                "fc1.weight"), .. Blocks("model.decoder.layers", "self_attn.k_proj.weight", "fc1.weight"),
        ],
        _ =>
            [
                "model.embed_tokens.weight",
                .. Blocks("model.layers", "block_sparse_moe.experts.4.w1.weight", "block_sparse_moe.experts.5.w1.weight"),
            ],
    };

    private static IEnumerable<string> Blocks(string stack, params string[] names) =>
        Enumerable.Range(0, 2).SelectMany(_ => names, (block, name) => $"{stack}.{block}.{name}");

    private static async Task<Checkpoint> OpenAsync(TemporaryFolder folder, string type)
    {
        Directory.CreateDirectory(folder["mine/step0"]);
        await File.WriteAllTextAsync(
            folder["mine/step0/config.json"], $$"""{"model_type":"{{type}}","hidden_size":4,"num_hidden_layers":2}""", TestContext.Current.CancellationToken);
        SafetensorsWriter.Write(folder["mine/step0/model.safetensors"],
        [
            .. Names(type).Select(
                name =>
                    new TensorToWrite(name, DType.F16, name.Contains("conv", StringComparison.Ordinal) ? [4, 1, 2] : [4, 2], new byte[16])),
            new TensorToWrite("step_count", DType.I64, [1], new byte[8]),
        ]);
        return CheckpointReader.Open(
            await new FolderSource(folder.Root).FetchAsync(new CheckpointId("mine", 0), TestContext.Current.CancellationToken));
    }
}
