using PythiaOrleans.Checkpoints.Families;
using PythiaOrleans.Checkpoints.Formats;
using PythiaOrleans.Checkpoints.Formats.Safetensors;
using PythiaOrleans.Checkpoints.Loading;
using PythiaOrleans.Checkpoints.Sources.Folder;
using PythiaOrleans.Core.Ids;
using PythiaOrleans.Testing;

namespace PythiaOrleans.Checkpoints.Tests;

public sealed class FamilyTests
{
    private const string Gpt2 = """{"model_type":"gpt2","n_embd":8,"n_layer":1,"n_head":2,"vocab_size":16,"n_positions":4}""";
    private const string Llama = """{"model_type":"llama","hidden_size":8,"num_hidden_layers":1,"num_attention_heads":4,"num_key_value_heads":2,"intermediate_size":20,"vocab_size":16}""";

    private static readonly (string Name, long[] Shape)[] Gpt2Tensors =
    [
        ("wte.weight", [16, 8]), ("wpe.weight", [4, 8]), (
            "h.0.ln_1.weight", [8]), ("h.0.ln_1.bias", [8]), ("h.0.ln_2.weight", [8]), ("h.0.ln_2.bias", [8]),
        ("h.0.attn.bias", [1, 1, 4, 4]), (
            "h.0.attn.c_attn.weight", [8, 24]), ("h.0.attn.c_attn.bias", [24]), ("h.0.attn.c_proj.weight", [8, 8]),
        ("h.0.attn.c_proj.bias", [8]), ("h.0.mlp.c_fc.weight", [8, 32]), ("h.0.mlp.c_fc.bias", [32]), ("h.0.mlp.c_proj.weight", [32, 8]),
        ("h.0.mlp.c_proj.bias", [8]), ("ln_f.weight", [8]), ("ln_f.bias", [8]),
    ];

    private const string NeoX = """
        {"model_type":"gpt_neox","hidden_size":8,"num_hidden_layers":1,"num_attention_heads":1,"intermediate_size":32,"vocab_size":16}
        """;

    private static readonly (string Name, long[] Shape)[] NeoXTensors =
    [
        ("gpt_neox.embed_in.weight", [16, 8]), ("embed_out.weight", [16, 8]), (
            "gpt_neox.final_layer_norm.weight", [8]), ("gpt_neox.final_layer_norm.bias", [8]),
        .. new (string Name, long[] Shape)[]
        {
            ("input_layernorm", [8]), ("post_attention_layernorm", [8]), (
                "attention.query_key_value", [24, 8]), ("attention.dense", [8, 8]),
            ("mlp.dense_h_to_4h", [32, 8]), ("mlp.dense_4h_to_h", [8, 32]),
        }.SelectMany(part => new[]
        {
            ($"gpt_neox.layers.0.{part.Name}.weight", part.Shape),
            ($"gpt_neox.layers.0.{part.Name}.bias", new[] { part.Shape[0] }),
        }),
    ];

    private static readonly (string Name, long[] Shape)[] LlamaTensors =
    [
        ("model.embed_tokens.weight", [16, 8]), ("model.layers.0.input_layernorm.weight", [8]), (
            "model.layers.0.post_attention_layernorm.weight", [8]),
        (
            "model.layers.0.self_attn.q_proj.weight",
            [8, 8]), ("model.layers.0.self_attn.k_proj.weight", [4, 8]), ("model.layers.0.self_attn.v_proj.weight", [4, 8]),
        (
            "model.layers.0.self_attn.o_proj.weight",
            [8, 8]), ("model.layers.0.mlp.gate_proj.weight", [20, 8]), ("model.layers.0.mlp.up_proj.weight", [20, 8]),
        ("model.layers.0.mlp.down_proj.weight", [8, 20]), ("model.norm.weight", [8]), ("lm_head.weight", [16, 8]),
    ];

    /// <summary>The hub's GPT-2 has no prefix; what other tools save has one, and a copy of the tied embedding.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Gpt2_WithOrWithoutPrefix_IsReadIntoTheCommonWords(bool prefixed)
    {
        using var folder = new TemporaryFolder();
        var tensors = Gpt2Tensors.Select(tensor => (prefixed ? $"transformer.{tensor.Name}" : tensor.Name, tensor.Shape));
        using var checkpoint = await OpenAsync(folder, Gpt2, prefixed ? [.. tensors, ("lm_head.weight", [16, 8])] : [.. tensors]);
        Assert.Equal(16, checkpoint.Parameters.Count);
        Assert.Empty(checkpoint.UnknownTensors);
        Assert.Equal(prefixed ? 2 : 1, checkpoint.DroppedBuffers.Count);
        var fused = checkpoint[new WeightName(Components.QueryKeyValue, 0, "weight")];
        Assert.True(fused.IsTransposed);
        Assert.Equal([8L, 24L], fused.Tensor.Shape);
        Assert.False(checkpoint[new WeightName(Components.EmbedIn, null, "weight")].IsTransposed);
        Assert.Equal(32, checkpoint.Shape.IntermediateSize);
        Assert.Equal(checkpoint.Parameters.Sum(parameter => parameter.Tensor.Count), checkpoint.Shape.ParameterCount);
    }

    [Fact]
    public async Task Llama_WithSharedKeyHeads_IsReadIntoTheCommonWords()
    {
        using var folder = new TemporaryFolder();
        using var checkpoint = await OpenAsync(
            folder, Llama, [.. LlamaTensors, ("model.layers.0.self_attn.rotary_emb.inv_freq", [1]), ("model.extra", [2])]);
        Assert.Equal(LlamaTensors.Length, checkpoint.Parameters.Count);
        Assert.Equal([4L, 8L], checkpoint[new WeightName(Components.Key, 0, "weight")].Tensor.Shape);
        Assert.Equal([20L, 8L], checkpoint[new WeightName(Components.MlpGate, 0, "weight")].Tensor.Shape);
        Assert.Equal(["model.extra"], checkpoint.UnknownTensors);
        Assert.Single(checkpoint.DroppedBuffers);
        Assert.Equal((2, 2), (checkpoint.Shape.KeyValueHeads, checkpoint.Shape.HeadSize));
    }

    [Fact]
    public async Task Llama_WithATiedEmbedding_HasNoUnembeddingOfItsOwn()
    {
        using var folder = new TemporaryFolder();
        using var checkpoint = await OpenAsync(
            folder, Llama.Replace("}", ",\"tie_word_embeddings\":true}", StringComparison.Ordinal), LlamaTensors);
        Assert.Null(checkpoint.Find(new WeightName(Components.EmbedOut, null, "weight")));
        Assert.Equal(["lm_head.weight"], checkpoint.DroppedBuffers);
    }

    /// <summary>
    /// The case tied-embedding-neox: a tied tensor is stored once under either name, or twice; it is one parameter, the embedding.
    /// </summary>
    [Theory]
    [InlineData("gpt_neox", "gpt_neox.embed_in.weight")]
    [InlineData("gpt_neox", "embed_out.weight")]
    [InlineData("gpt_neox", "gpt_neox.embed_in.weight", "embed_out.weight")]
    [InlineData("llama", "model.embed_tokens.weight")]
    [InlineData("llama", "lm_head.weight")]
    [InlineData("llama", "model.embed_tokens.weight", "lm_head.weight")]
    [InlineData("gpt2", "wte.weight")]
    [InlineData("gpt2", "lm_head.weight")]
    [InlineData("gpt2", "transformer.wte.weight", "lm_head.weight")]
    public async Task TiedEmbedding_UnderEitherNameOrBoth_IsOneParameter(string type, params string[] stored)
    {
        string[] tied =
        [
            "gpt_neox.embed_in.weight", "embed_out.weight", "model.embed_tokens.weight", "lm_head.weight", "wte.weight",
            "transformer.wte.weight",
        ];
        var (config, all) = type switch
        {
            "gpt_neox" => (NeoX, NeoXTensors),
            "llama" => (Llama, LlamaTensors),
            _ => (Gpt2, Gpt2Tensors),
        };
        using var folder = new TemporaryFolder();
        using var checkpoint = await OpenAsync(
            folder,
            config.Replace("}", ",\"tie_word_embeddings\":true}", StringComparison.Ordinal),
            [.. all.Where(tensor => !tied.Contains(tensor.Name)), .. stored.Select(name => (name, new long[] { 16, 8 }))]);
        Assert.NotNull(checkpoint.Find(new WeightName(Components.EmbedIn, null, "weight")));
        Assert.Null(checkpoint.Find(new WeightName(Components.EmbedOut, null, "weight")));
        Assert.Empty(checkpoint.UnknownTensors);
        Assert.Equal(stored.Skip(1), checkpoint.DroppedBuffers.Where(tied.Contains));
    }

    [Fact]
    public async Task Olmo2_HasItsOwnNorms()
    {
        using var folder = new TemporaryFolder();
        var tensors = LlamaTensors.Where(tensor => !tensor.Name.EndsWith("input_layernorm.weight", StringComparison.Ordinal)).Concat(
        [
            (
                "model.layers.0.post_feedforward_layernorm.weight",
                [8]), ("model.layers.0.self_attn.q_norm.weight", [8]), ("model.layers.0.self_attn.k_norm.weight", [4]),
        ]);
        using var checkpoint = await OpenAsync(folder, Llama.Replace("\"llama\"", "\"olmo2\"", StringComparison.Ordinal), [.. tensors]);
        Assert.NotNull(checkpoint.Find(new WeightName(Components.KeyNorm, 0, "weight")));
        Assert.Empty(checkpoint.UnknownTensors);
    }

    [Fact]
    public async Task Llama_WithoutAMatrix_NamesIt()
    {
        using var folder = new TemporaryFolder();
        var error = await Assert.ThrowsAsync<CheckpointFormatException>(
            () => OpenAsync(folder, Llama, [.. LlamaTensors.Where(tensor => !tensor.Name.Contains("v_proj", StringComparison.Ordinal))]));
        Assert.Contains("model.layers.0.self_attn.v_proj.weight", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"model_type":7}""", "model_type")]
    [InlineData("""{"model_type":"gpt2","n_embd":9,"n_layer":1,"n_head":2,"vocab_size":16}""", "n_head")]
    [InlineData("""{"model_type":"llama","hidden_size":8,"num_hidden_layers":1,"num_attention_heads":4,"num_key_value_heads":3,"intermediate_size":20,"vocab_size":16}""", "num_key_value_heads")]
    public void Config_ThatMakesNoSense_NamesTheField(string config, string field)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["config.json"], config);
        Assert.Equal(field, Assert.Throws<CheckpointFormatException>(() => ModelFamilies.ReadShape(folder["config.json"])).Place);
    }

    private static async Task<Checkpoint> OpenAsync(TemporaryFolder folder, string config, (string Name, long[] Shape)[] tensors)
    {
        Directory.CreateDirectory(folder["mine/step0"]);
        await File.WriteAllTextAsync(folder["mine/step0/config.json"], config, TestContext.Current.CancellationToken);
        SafetensorsWriter.Write(folder["mine/step0/model.safetensors"], [.. tensors.Select(tensor =>
            new TensorToWrite(
                tensor.Name, DType.F16, tensor.Shape, new byte[2 * tensor.Shape.Aggregate(1L, (product, size) => product * size)]))]);
        return CheckpointReader.Open(
            await new FolderSource(folder.Root).FetchAsync(new CheckpointId("mine", 0), TestContext.Current.CancellationToken));
    }
}
