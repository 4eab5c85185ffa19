using PythiaOrleans.Checkpoints.Families;
using PythiaOrleans.Checkpoints.Formats;
using PythiaOrleans.Testing;

namespace PythiaOrleans.Checkpoints.Tests;

/// <summary>What a <c>config.json</c> may hold: Python's numbers, absurd sizes, fields that nobody knows, damage.</summary>
public sealed class ConfigurationTests
{
    private const string NeoX = """
        {"model_type":"gpt_neox","hidden_size":16,"num_attention_heads":2,"num_hidden_layers":2,"intermediate_size":64,"vocab_size":320,"rotary_pct":0.25,"hidden_act":"gelu"}
        """;

    private const string Llama = """
        {"model_type":"llama","hidden_size":16,"num_attention_heads":4,"num_hidden_layers":2,"intermediate_size":40,"vocab_size":320,"hidden_act":"silu"}
        """;

    /// <summary>The case infinity-in-config and its relatives: such a number matters only where it is needed.</summary>
    [Theory]
    [InlineData(""" "time_step_limit": [0.0, Infinity] """)]
    [InlineData(""" "some_bound": -Infinity """)]
    [InlineData(""" "loss": NaN, "note": "NaN and Infinity, \"quoted\" \\" """)]
    [InlineData(""" "NaN": "Infinity", "nested": {"a": [NaN, -Infinity, {"b": Infinity}]} """)]
    public void NumberThatJsonLacks_InAFieldThatNobodyNeeds_IsRead(string fields)
    {
        var shape = Read(NeoX.TrimEnd()[..^1] + "," + fields + "}");
        Assert.Equal(2, shape.Blocks);
        Assert.NotEmpty(shape.UnsupportedSettings);
    }

    [Theory]
    [InlineData("hidden_size", "Infinity")]
    [InlineData("rotary_emb_base", "NaN")]
    [InlineData("layer_norm_eps", "-Infinity")]
    [InlineData("num_hidden_layers", "NaN")]
    public void NumberThatJsonLacks_InAFieldThatIsNeeded_IsRefusedWithItsName(string field, string value)
    {
        var error = Assert.Throws<CheckpointFormatException>(() => Read($$"""{{NeoX.TrimEnd()[..^1]}},"{{field}}":{{value}}}"""));
        Assert.Equal((field, value), (error.Place, error.Found));
    }

    [Theory]
    [InlineData("num_hidden_layers", "1000000000")]
    [InlineData("num_attention_heads", "16777216")]
    [InlineData("vocab_size", "2147483647")]
    [InlineData("hidden_size", "1e300")]
    [InlineData("intermediate_size", "99999999999999999999")]
    [InlineData("hidden_size", "-16")]
    [InlineData("hidden_size", "16.5")]
    [InlineData("max_position_embeddings", "0")]
    [InlineData("rotary_pct", "1e999")]
    [InlineData("use_parallel_residual", "\"yes\"")]
    public void NumberOfAbsurdSize_IsRefusedAtOnce(string field, string value)
    {
        var error = Assert.Throws<CheckpointFormatException>(() => Read($$"""{{NeoX.TrimEnd()[..^1]}},"{{field}}":{{value}}}"""));
        Assert.Equal(field, error.Place);
    }

    [Fact]
    public void File_NestedTooDeepOrTooLarge_IsRefused()
    {
        var deep = Assert.Throws<CheckpointFormatException>(() => Read($"{{\"model_type\":{new string('[', 100_000)}"));
        Assert.Equal("JSON", deep.Expected);
        var large = Assert.Throws<CheckpointFormatException>(() => Read($"{NeoX}{new string(' ', ConfigJson.MaxBytes)}"));
        Assert.Contains($"at most {ConfigJson.MaxBytes} bytes", large.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void File_WithAByteOrderMark_IsRead() => Assert.Equal(2, Read("\ufeff" + NeoX).Blocks);

    /// <summary>Every field of a published configuration is known.</summary>
    [Theory]
    [InlineData("""
        {"architectures":["GPTNeoXForCausalLM"],"bos_token_id":0,"eos_token_id":0,"hidden_act":"gelu","hidden_size":512,"initializer_range":0.02,"intermediate_size":2048,
        "layer_norm_eps":1e-05,"max_position_embeddings":2048,"model_type":"gpt_neox","num_attention_heads":8,"num_hidden_layers":6,"rotary_emb_base":10000,"rotary_pct":0.25,
        "tie_word_embeddings":false,"torch_dtype":"float16","transformers_version":"4.24.0","use_cache":true,"use_parallel_residual":true,"vocab_size":50304}
        """)]
    [InlineData("""
        {"activation_function":"gelu_new","architectures":["GPT2LMHeadModel"],"attn_pdrop":0.1,"bos_token_id":50256,"embd_pdrop":0.1,"eos_token_id":50256,"initializer_range":0.02,
        "layer_norm_epsilon":1e-05,"model_type":"gpt2","n_ctx":1024,"n_embd":768,"n_head":12,"n_layer":12,"n_positions":1024,"resid_pdrop":0.1,"summary_activation":null,
        "summary_first_dropout":0.1,"summary_proj_to_labels":true,"summary_type":"cls_index","summary_use_proj":true,
        "task_specific_params":{"text-generation":{"do_sample":true,"max_length":50}},"vocab_size":50257}
        """)]
    [InlineData("""
        {"_name_or_path":"x","architectures":["LlamaForCausalLM"],"attention_bias":false,"attention_dropout":0.0,"bos_token_id":1,"eos_token_id":2,"hidden_act":"silu",
        "hidden_size":576,"initializer_range":0.041666666666666664,"intermediate_size":1536,"is_llama_config":true,"max_position_embeddings":8192,"mlp_bias":false,
        "model_type":"llama","num_attention_heads":9,"num_hidden_layers":30,"num_key_value_heads":3,"pad_token_id":2,"pretraining_tp":1,"rms_norm_eps":1e-05,
        "rope_interleaved":false,"rope_scaling":null,"rope_theta":100000,"tie_word_embeddings":true,"torch_dtype":"bfloat16","transformers.js_config":{"kv_cache_dtype":{"q4f16":"float16"}},
        "transformers_version":"4.42.3","use_cache":true,"vocab_size":49152}
        """)]
    [InlineData("""
        {"architectures":["Qwen2ForCausalLM"],"attention_dropout":0.0,"bos_token_id":151643,"eos_token_id":151643,"hidden_act":"silu","hidden_size":896,"initializer_range":0.02,
        "intermediate_size":4864,"max_position_embeddings":32768,"max_window_layers":24,"model_type":"qwen2","num_attention_heads":14,"num_hidden_layers":24,"num_key_value_heads":2,
        "rms_norm_eps":1e-06,"rope_theta":1000000.0,"sliding_window":32768,"tie_word_embeddings":true,"torch_dtype":"bfloat16","transformers_version":"4.40.1","use_cache":true,
        "use_mrope":false,"use_sliding_window":false,"vocab_size":151936}
        """)]
    [InlineData("""
        {"architectures":["Olmo2ForCausalLM"],"attention_bias":false,"attention_dropout":0.0,"eos_token_id":100257,"hidden_act":"silu","hidden_size":2048,"initializer_range":0.02,
        "intermediate_size":8192,"max_position_embeddings":4096,"model_type":"olmo2","num_attention_heads":16,"num_hidden_layers":16,"num_key_value_heads":16,"pad_token_id":100277,
        "rms_norm_eps":1e-06,"rope_scaling":null,"rope_theta":500000,"tie_word_embeddings":false,"torch_dtype":"float32","transformers_version":"4.47.0","use_cache":true,
        "vocab_size":100352}
        """)]
    [InlineData("""
        {"architectures":["SmolLM3ForCausalLM"],"attention_bias":false,"attention_dropout":0.0,"eos_token_id":128001,"hidden_act":"silu","hidden_size":2048,"initializer_range":0.02,
        "intermediate_size":11008,"layer_types":["full_attention","full_attention","full_attention","full_attention"],"max_position_embeddings":65536,"max_window_layers":28,
        "mlp_bias":false,"model_type":"smollm3","no_rope_layer_interval":4,"no_rope_layers":[1,1,1,0],"num_attention_heads":16,"num_hidden_layers":4,"num_key_value_heads":4,
        "pretraining_tp":2,"rms_norm_eps":1e-06,"rope_scaling":null,"rope_theta":5000000.0,"sliding_window":null,"torch_dtype":"bfloat16","use_cache":false,
        "use_sliding_window":false,"vocab_size":128256}
        """)]
    public void PublishedConfiguration_IsUnderstoodWhole(string config)
    {
        var shape = Read(config);
        Assert.Empty(shape.UnsupportedSettings);
        Assert.True(shape.ParameterCount > 1_000_000);
    }

    /// <summary>Unsupported settings are listed once each, with file, field, and value.</summary>
    [Fact]
    public void UnknownFields_AreListedByName()
    {
        var shape = Read($$"""{{Llama.TrimEnd()[..^1]}},"attn_logit_softcapping":50.0,"mystery":{"a":1},"nothing":null,"hidden_act":"relu"}""");
        Assert.Equal(["hidden_act", "attn_logit_softcapping", "mystery"], shape.UnsupportedSettings.Select(setting => setting.Field));
        Assert.Equal("attn_logit_softcapping 50.0", shape.UnsupportedSettings[1].ToString());
        Assert.All(shape.UnsupportedSettings, setting => Assert.EndsWith("config.json", setting.File, StringComparison.Ordinal));
    }

    /// <summary>Two spellings that contradict each other are never both right.</summary>
    [Theory]
    [InlineData("""{"model_type":"gpt2","n_embd":8,"hidden_size":16,"n_layer":1,"n_head":2,"vocab_size":16}""", "hidden_size")]
    [InlineData("""{"model_type":"gpt2","n_embd":8,"n_layer":1,"n_head":2,"num_attention_heads":4,"vocab_size":16}""", "num_attention_heads")]
    public void SizesThatContradictEachOther_AreRefused(string config, string field) =>
        Assert.Equal(field, Assert.Throws<CheckpointFormatException>(() => Read(config)).Place);

    /// <summary>Ten thousand damaged configurations: each is read or refused, quickly.</summary>
    [Fact]
    public void DamagedConfigurations_AreReadOrRefused()
    {
        var count = DamageTrials.Count(3_000);
        string[] starts = [NeoX, Llama, """{"model_type":"qwen2","hidden_size":8,"num_attention_heads":2,"num_hidden_layers":2,"layer_types":["full_attention"],"rope_scaling":{"type":"yarn","factor":2}}"""];
        string[] pieces =
        [
            "NaN", "-Infinity", "{", "}", "[", "]", "\"", ",", ":", "1e309", "-1", "null", "true", "99999999999999999999",
            "\\u0000", "\"a\":\"\\ud800\",", "\\", "\"rope_scaling\":{\"type\":\"yarn\"},", "\0", "é",
        ];
        var random = new Random(16);
        var (read, refused) = (0, 0);
        using var folder = new TemporaryFolder();
        for (var i = 0; i < count; i++)
        {
            var text = starts[random.Next(starts.Length)];
            for (var edit = random.Next(1, 4); edit > 0; edit--)
            {
                var at = random.Next(text.Length);
                var removed = random.Next(Math.Min(6, text.Length - at));
                text = text[..at] + (random.Next(3) == 0 ? "" : pieces[random.Next(pieces.Length)]) + text[(at + removed)..];
            }

            File.WriteAllText(folder["config.json"], text);
            try
            {
                _ = ModelFamilies.ReadShape(folder["config.json"]).ParameterCount;
                read++;
            }
            catch (CheckpointFormatException)
            {
                refused++;
            }
        }

        Assert.Equal(count, read + refused);
        Assert.True(read > 30 && refused > 300, $"{read} read, {refused} refused");
    }

    [Fact]
    public void RolesOfComponents_AreThoseOfEveryFamily()
    {
        string[] configs =
        [
            NeoX, Llama, Llama.Replace("llama", "qwen3", StringComparison.Ordinal),
            Llama.Replace("llama", "olmo2", StringComparison.Ordinal),
            """{"model_type":"gpt2","n_embd":8,"n_layer":1,"n_head":2,"vocab_size":16}"""];
        foreach (var shape in configs.Select(Read))
        {
            var roles = ModelFamilies.LayoutOf(shape).Tensors.Select(tensor => Components.RoleOf(tensor.Weight.Component))
                .Distinct()
                .ToArray();
            Assert.DoesNotContain(ComponentRole.Other, roles);
            Assert.Empty(
                new[] { ComponentRole.Embedding, ComponentRole.AttentionOutput, ComponentRole.MlpIn, ComponentRole.MlpOut }.Except(roles));
            Assert.True(roles.Contains(ComponentRole.QueryKeyValue) || roles.Contains(ComponentRole.Query));
        }

        Assert.Equal(Components.QueryKeyValue, Components.Find(ComponentRole.QueryKeyValue));
        Assert.Equal(ComponentRole.Other, Components.RoleOf("mixer.conv1d"));
        Assert.Null(Components.Find(ComponentRole.Other));
        Assert.All(
            Enum.GetValues<ComponentRole>().Where(role => role != ComponentRole.Other),
            role => Assert.Equal(role, Components.RoleOf(Components.Find(role)!)));
    }

    private static ModelShape Read(string config)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["config.json"], config);
        return ModelFamilies.ReadShape(folder["config.json"]);
    }
}
