using System.Text.Json;
using PythiaOrleans.Checkpoints.Families;
using PythiaOrleans.Core.Ids;

namespace PythiaOrleans.Analyses.Tests;

/// <summary>Small shapes of families beside GPT-NeoX, with their configuration files.</summary>
internal static class OtherFamilies
{
    public static TheoryData<string> Names { get; } = ["gpt2", "llama", "llama, tied and shared", "mistral", "qwen2", "olmo", "olmo2"];

    public static ModelShape Shape(string name) => name switch
    {
        "gpt2" => Basic("gpt2") with { TiedEmbedding = true, RotaryPct = 0 },
        "llama" => Basic("llama"),
        "llama, tied and shared" => Basic("llama") with { TiedEmbedding = true, KeyValueHeads = 2, AttentionBias = true, RotaryBase = 500 },
        "mistral" => Basic("mistral") with { KeyValueHeads = 1, HeadDimension = 6 },
        "qwen2" => Basic("qwen2") with { KeyValueHeads = 2, AttentionBias = true },
        "olmo" => Basic("olmo") with { TiedEmbedding = true },
        _ => Basic("olmo2") with { KeyValueHeads = 2 },
    };

    public static string Config(ModelShape shape) => shape.ModelType == "gpt2"
        ? JsonSerializer.Serialize(new
        {
            model_type = "gpt2",
            n_embd = shape.HiddenSize,
            n_layer = shape.Blocks,
            n_head = shape.Heads,
            n_inner = shape.IntermediateSize,
            n_positions = shape.ContextLength,
            vocab_size = shape.VocabularyRows,
            layer_norm_epsilon = shape.LayerNormEps,
            activation_function = "gelu_new",
        })
        : JsonSerializer.Serialize(new
        {
            model_type = shape.ModelType,
            hidden_size = shape.HiddenSize,
            num_hidden_layers = shape.Blocks,
            num_attention_heads = shape.Heads,
            num_key_value_heads = shape.KeyValueHeads,
            head_dim = shape.HeadDimension,
            intermediate_size = shape.IntermediateSize,
            max_position_embeddings = shape.ContextLength,
            vocab_size = shape.VocabularyRows,
            rms_norm_eps = shape.LayerNormEps,
            rope_theta = shape.RotaryBase,
            tie_word_embeddings = shape.TiedEmbedding,
            attention_bias = shape.AttentionBias,
            hidden_act = "silu",
        });

    private static ModelShape Basic(string type) => new()
    {
        ModelType = type,
        HiddenSize = 16,
        Blocks = 2,
        Heads = 4,
        IntermediateSize = 20,
        VocabularyRows = 11,
        ContextLength = 16,
        RotaryPct = 1,
        ParallelResidual = false,
    };
}
