using System.Text.Json.Nodes;
using PythiaOrleans.Checkpoints.Families;

namespace PythiaOrleans.Analyses.Tests;

/// <summary>Small configurations of every family that can be run, with each setting that changes a number.</summary>
internal static class OtherFamilies
{
    // One line each: the name of the configuration is what it shows.
    private static readonly Dictionary<string, string> Configs = new()
    {
        ["gpt2"] = """{"model_type":"gpt2"}""",
        ["gpt2, unscaled"] = """{"model_type":"gpt2","scale_attn_weights":false}""",
        ["gpt2, scaled by block"] = """{"model_type":"gpt2","scale_attn_by_inverse_layer_idx":true}""",
        ["gpt2, untied"] = """{"model_type":"gpt2","tie_word_embeddings":false}""",
        ["gpt_neox, tied"] = """{"model_type":"gpt_neox","tie_word_embeddings":true,"rotary_pct":0.5}""",
        ["gpt_neox, no attention bias"] = """{"model_type":"gpt_neox","attention_bias":false,"use_parallel_residual":false,"rotary_pct":0.5}""",
        ["gpt_neox, linear"] = """{"model_type":"gpt_neox","rope_parameters":{"rope_type":"linear","factor":2,"rope_theta":300,"partial_rotary_factor":1}}""",
        ["bloom"] = """{"model_type":"bloom","n_layer":2,"n_head":4,"n_inner":20,"seq_length":16}""",
        ["bloom, three heads"] = """{"model_type":"bloom","hidden_size":24,"n_layer":2,"n_head":3,"n_inner":20,"seq_length":16}""",
        ["llama"] = """{"model_type":"llama"}""",
        ["llama, tied and shared"] = """{"model_type":"llama","tie_word_embeddings":true,"num_key_value_heads":2,"attention_bias":true,"rope_theta":500}""",
        ["llama, all biases"] = """{"model_type":"llama","attention_bias":true,"mlp_bias":true}""",
        ["llama, linear"] = """{"model_type":"llama","rope_scaling":{"type":"linear","factor":4.0}}""",
        ["llama, dynamic"] = """{"model_type":"llama","rope_scaling":{"type":"dynamic","factor":2.0}}""",
        ["llama, llama3"] = """
            {"model_type":"llama","rope_theta":50,"rope_scaling":
            {"rope_type":"llama3","factor":8.0,"low_freq_factor":1.0,"high_freq_factor":4.0,"original_max_position_embeddings":32}}
            """,
        ["llama, yarn"] = """
            {"model_type":"llama","head_dim":8,"rope_parameters":{"rope_type":"yarn","factor":4.0,"rope_theta":100,"original_max_position_embeddings":64,"beta_fast":4}}
            """,
        ["llama, partly rotated"] = """{"model_type":"llama","partial_rotary_factor":0.5}""",
        ["mistral"] = """{"model_type":"mistral","num_key_value_heads":1,"head_dim":6}""",
        ["mistral, window"] = """{"model_type":"mistral","num_key_value_heads":2,"sliding_window":3}""",
        ["qwen2"] = """{"model_type":"qwen2","num_key_value_heads":2,"sliding_window":3,"use_sliding_window":false}""",
        ["qwen2, half windowed"] = """{"model_type":"qwen2","sliding_window":2,"use_sliding_window":true,"max_window_layers":1}""",
        ["qwen3"] = """{"model_type":"qwen3","num_key_value_heads":2,"head_dim":6}""",
        ["olmo"] = """{"model_type":"olmo","tie_word_embeddings":true,"clip_qkv":0.5}""",
        ["olmo2"] = """{"model_type":"olmo2","num_key_value_heads":2}""",
        ["olmo3"] = """
            {"model_type":"olmo3","num_hidden_layers":4,"sliding_window":3,"head_dim":8,
            "rope_scaling":{"rope_type":"yarn","factor":8.0,"original_max_position_embeddings":16,"attention_factor":1.2}}
            """,
        ["smollm3"] = """{"model_type":"smollm3","no_rope_layer_interval":2,"num_key_value_heads":2}""",
    };

    public static TheoryData<string> Names { get; } = [.. Configs.Keys];

    /// <summary>The whole <c>config.json</c>.</summary>
    public static string Config(string name) => Complete(Configs[name]);

    /// <summary>A configuration with the sizes that it does not name.</summary>
    public static string Complete(string start)
    {
        var config = JsonNode.Parse(start)!.AsObject();
        var isGpt2 = config["model_type"]!.GetValue<string>() == "gpt2";
        (string Name, JsonNode Value)[] sizes = config["model_type"]!.GetValue<string>() == "bloom"
            ? [("hidden_size", 16), ("vocab_size", 11)]
            : isGpt2
            ? [("n_embd", 16), ("n_layer", 2), ("n_head", 4), ("n_inner", 20), ("n_positions", 16), ("vocab_size", 11),
                ("activation_function", "gelu_new")]
            :
            [
                ("hidden_size", 16), ("num_hidden_layers", 2), (
                    "num_attention_heads",
                    config["model_type"]!.GetValue<string>() == "gpt_neox"
                        ? 2
                        : 4), ("intermediate_size", 20), ("max_position_embeddings", 16), ("vocab_size", 11),
                ("hidden_act", config["model_type"]!.GetValue<string>() == "gpt_neox" ? "gelu" : "silu"),
            ];
        foreach (var (field, value) in sizes)
        {
            config.TryAdd(field, value);
        }

        return config.ToJsonString();
    }

    /// <summary>The shape, as the product reads it.</summary>
    public static ModelShape Shape(string name) => Read(Config(name));

    /// <summary>The shape of a configuration.</summary>
    public static ModelShape Read(string config)
    {
        var file = Path.GetTempFileName();
        try
        {
            File.WriteAllText(file, config);
            return ModelFamilies.ReadShape(file);
        }
        finally
        {
            File.Delete(file);
        }
    }
}
