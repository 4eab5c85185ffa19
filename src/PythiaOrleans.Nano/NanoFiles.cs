using System.Globalization;
using System.Text.Json;
using PythiaOrleans.Checkpoints.Catalog;
using PythiaOrleans.Checkpoints.Families;
using PythiaOrleans.Checkpoints.Formats.Safetensors;

namespace PythiaOrleans.Nano;

/// <summary>Writes one model's checkpoints as the hub lays them out.</summary>
internal sealed class NanoFiles(string folder, ModelEntry model, NanoTokenizer tokenizer)
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    private readonly string _config = Config(model.Shape);
    private readonly string _tokenizer = tokenizer.ToJson();

    /// <summary>Removes what an interrupted or older training left.</summary>
    public void Begin()
    {
        if (Directory.Exists(folder))
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>Saves one checkpoint.</summary>
    public void Save(int step, IReadOnlyList<TensorToWrite> tensors)
    {
        var target = Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"step{step}"));
        Directory.CreateDirectory(target);
        File.WriteAllText(Path.Combine(target, "config.json"), _config);
        File.WriteAllText(Path.Combine(target, "tokenizer.json"), _tokenizer);
        SafetensorsWriter.Write(Path.Combine(target, "model.safetensors"), tensors);
    }

    /// <summary>Says that all checkpoints are there.</summary>
    public void End(string file, string content) => File.WriteAllText(Path.Combine(folder, file), content);

    /// <summary>The <c>config.json</c> of a GPT-NeoX of this shape.</summary>
    internal static string Config(ModelShape shape) => JsonSerializer.Serialize(
        new
        {
            architectures = new[] { "GPTNeoXForCausalLM" },
            model_type = shape.ModelType,
            hidden_size = shape.HiddenSize,
            num_hidden_layers = shape.Blocks,
            num_attention_heads = shape.Heads,
            intermediate_size = shape.IntermediateSize,
            vocab_size = shape.VocabularyRows,
            max_position_embeddings = shape.ContextLength,
            rotary_pct = shape.RotaryPct,
            rotary_emb_base = shape.RotaryBase,
            hidden_act = "gelu",
            layer_norm_eps = shape.LayerNormEps,
            use_parallel_residual = shape.ParallelResidual,
            tie_word_embeddings = false,
            bos_token_id = 0,
            eos_token_id = 0,
            torch_dtype = "float16",
        },
        Indented);
}
