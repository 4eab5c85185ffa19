using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using PythiaOrleans.Checkpoints.Formats;
using PythiaOrleans.Checkpoints.Formats.Safetensors;
using PythiaOrleans.Core.Ids;

namespace PythiaOrleans.Testing;

/// <summary>Two GPT-NeoX-shaped models with a few steps of seeded half-precision weights: enough to sweep, quick to write.</summary>
internal sealed class TinySuite : IDisposable
{
    private const int Hidden = 16;
    private const int Blocks = 2;
    private const int Vocabulary = 64;

    /// <param name="steps">How many.</param>
    /// <param name="stored">F16, or F32 with values that no half-precision number has.</param>
    public TinySuite(int steps, DType stored = DType.F16)
    {
        Stored = stored;
        Folder = Directory.CreateTempSubdirectory("pythia-e2e-").FullName;
        Steps = [.. Enumerable.Range(0, steps).Select(i => i * 10)];
        foreach (var model in Models)
        {
            foreach (var step in Steps)
            {
                Write(model, step);
            }
        }
    }

    /// <summary>How many analyses a sweep of the suite has.</summary>
    public const int Analyses = 5;

    public static IReadOnlyList<string> Models { get; } = ["tiny-a", "tiny-b"];

    public string Folder { get; }

    /// <summary>The type of its values.</summary>
    public DType Stored { get; }

    public IReadOnlyList<int> Steps { get; }

    public string Source => Path.Combine(Folder, "checkpoints");

    public int Shards => Models.Count * Steps.Count;

    /// <summary>How many results its sweep has.</summary>
    public int Results => Shards * Analyses;

    public string Store(string name) => Path.Combine(Folder, name);

    public string WeightsOf(string model, int step) => Path.Combine(Source, new CheckpointId(model, step).Path, "model.safetensors");

    public string[] SweepArguments(string store) =>
    [
        "sweep", "--source", Source, "--store", Store(store), "--name", "tiny", "--models", string.Join(',', Models),
        "--steps", string.Create(CultureInfo.InvariantCulture, $"0..{Steps[^1]}:10"), "--reference-step", "0",
        "--analyses", "weight-moments,weight-distance,weight-distribution,weight-spectrum,integrity", // no tokenizer, so no activations
    ];

    /// <summary>Writes what a silo has to know of the models, for it does not look into the source's folders.</summary>
    public string WriteCatalog()
    {
        var file = Path.Combine(Folder, "catalog.json");
        File.WriteAllText(file, JsonSerializer.Serialize(new
        {
            models = Models.Select(model => new
            {
                name = model,
                shape = new
                {
                    model_type = "gpt_neox",
                    blocks = Blocks,
                    hidden_size = Hidden,
                    heads = 2,
                    intermediate_size = 4 * Hidden,
                    vocabulary_rows = Vocabulary,
                    context_length = 128,
                },
                steps = Steps,
                token_count = Vocabulary,
            }),
        }));
        return file;
    }

    /// <summary>The weights of one checkpoint as they are stored, by tensor name.</summary>
    public static IReadOnlyDictionary<string, Half[]> Weights(string model, int step)
    {
        var random = new Random((model == Models[0] ? 100_000 : 200_000) + step);
        return Shape().ToDictionary(tensor => tensor.Name, tensor => Values(random, tensor.Shape));
    }

    /// <summary>Writes a checkpoint, after changing its weights where asked.</summary>
    public void Write(string model, int step, Action<IReadOnlyDictionary<string, Half[]>>? change = null, int hidden = Hidden)
    {
        var folder = Path.GetDirectoryName(WeightsOf(model, step))!;
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, "config.json"), Config());
        var weights = Weights(model, step);
        change?.Invoke(weights);
        SafetensorsWriter.Write(
            WeightsOf(model, step),
            [.. Shape(hidden).Select(tensor => new TensorToWrite(
                tensor.Name, Stored, tensor.Shape, Bytes(weights[tensor.Name], tensor.Shape, Stored)))]);
    }

    /// <summary>The configuration of a model of two blocks.</summary>
    public static string Config(int hidden = Hidden) => JsonSerializer.Serialize(new
    {
        architectures = new[] { "GPTNeoXForCausalLM" },
        model_type = "gpt_neox",
        hidden_size = hidden,
        num_hidden_layers = Blocks,
        num_attention_heads = 2,
        intermediate_size = 4 * hidden,
        vocab_size = Vocabulary,
        max_position_embeddings = 128,
        rotary_pct = 0.25,
        rotary_emb_base = 10000,
        layer_norm_eps = 1e-5,
        use_parallel_residual = true,
        tie_word_embeddings = false,
    });

    public void Dispose() => Directory.Delete(Folder, recursive: true);

    private static byte[] Bytes(Half[] values, long[] shape, DType stored)
    {
        var bytes = stored == DType.F16
            ? MemoryMarshal.AsBytes(values.AsSpan()).ToArray()
            : MemoryMarshal.AsBytes(Array.ConvertAll(values, value => 1.0001f * (float)value).AsSpan()).ToArray();
        var size = stored == DType.F16 ? 2 : 4;
        Array.Resize(ref bytes, checked((int)(size * shape.Aggregate(1L, (product, length) => product * length))));
        return bytes;
    }

    private static Half[] Values(Random random, long[] shape) =>
        [
            .. Enumerable.Range(0, (int)shape.Aggregate(1L, (product, size) => product * size)).Select(
                _ => (Half)((random.NextDouble() + random.NextDouble() + random.NextDouble() - 1.5) * 0.1))
        ];

    private static List<(string Name, long[] Shape)> Shape(int hidden = Hidden)
    {
        List<(string, long[])> tensors = [("gpt_neox.embed_in.weight", [Vocabulary, Hidden])];
        for (var block = 0; block < Blocks; block++)
        {
            var prefix = $"gpt_neox.layers.{block}.";
            tensors.AddRange(
            [
                (prefix + "input_layernorm.weight", [Hidden]), (prefix + "input_layernorm.bias", [Hidden]),
                (prefix + "post_attention_layernorm.weight", [Hidden]), (prefix + "post_attention_layernorm.bias", [Hidden]),
                (
                    prefix + "attention.query_key_value.weight",
                    [3 * Hidden, Hidden]), (prefix + "attention.query_key_value.bias", [3 * Hidden]),
                (prefix + "attention.dense.weight", [hidden, Hidden]), (prefix + "attention.dense.bias", [Hidden]),
                (prefix + "mlp.dense_h_to_4h.weight", [4 * Hidden, Hidden]), (prefix + "mlp.dense_h_to_4h.bias", [4 * Hidden]),
                (prefix + "mlp.dense_4h_to_h.weight", [Hidden, 4 * Hidden]), (prefix + "mlp.dense_4h_to_h.bias", [Hidden]),
            ]);
        }

        tensors.AddRange(
            [
                ("gpt_neox.final_layer_norm.weight", [Hidden]), ("gpt_neox.final_layer_norm.bias", [Hidden]),
                ("embed_out.weight", [Vocabulary, Hidden]),
            ]);
        return tensors;
    }
}
