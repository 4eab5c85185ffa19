using System.Text.Json;
using System.Text.Json.Nodes;
using PythiaOrleans.Analyses.Models;
using PythiaOrleans.Analyses.ResidualStream;
using PythiaOrleans.Checkpoints.Families;
using PythiaOrleans.Checkpoints.Formats;

namespace PythiaOrleans.Analyses.Tests;

/// <summary>A configuration is computed as it says, or refused by name; never computed as another one.</summary>
public sealed class ForwardPassTests
{
    /// <summary>Fields that change numbers and that no pass here computes.</summary>
    [Theory]
    [InlineData("llama", "attn_logit_softcapping", "50.0")]
    [InlineData("llama", "final_logit_softcapping", "30.0")]
    [InlineData("mistral", "query_pre_attn_scalar", "256")]
    [InlineData("qwen2", "use_mrope", "true")]
    [InlineData("llama", "quantization_config", """{"bits":4}""")]
    [InlineData("llama", "hidden_act", "\"gelu\"")]
    [InlineData("gpt_neox", "hidden_act", "\"gelu_fast\"")]
    [InlineData("gpt2", "activation_function", "\"relu\"")]
    [InlineData("gpt2", "something_new", "false")]
    [InlineData("gpt_neox", "sliding_window", "4")]
    [InlineData("llama", "residual_multiplier", "0.22")]
    [InlineData("olmo2", "clip_everything", "[1]")]
    public void SettingThatIsNotComputed_IsRefusedByName(string type, string field, string value)
    {
        using var model = Model($$"""{"model_type":"{{type}}","{{field}}":{{value}}}""");
        var error = Assert.Throws<CheckpointFormatException>(
            () => new ResidualStreamAnalysis(ActivationTests.Settings(2, 9)).Run(model.Input, TestContext.Current.CancellationToken));
        Assert.Equal(field, error.Place);
        Assert.EndsWith("config.json", error.File, StringComparison.Ordinal);
        Assert.Contains("--analyses", error.Message, StringComparison.Ordinal);
        Assert.Equal(value.Trim('"'), error.Found);
    }

    /// <summary>The same in the object of the rotary settings: its unknown settings, types and spellings.</summary>
    [Theory]
    [InlineData("""{"rope_parameters":{"rope_type":"longrope","short_factor":[1]}}""", "rope_parameters.rope_type")]
    [InlineData("""{"rope_scaling":{"type":"su","short_factor":[1]}}""", "rope_scaling.type")]
    [InlineData("""{"rope_parameters":{"rope_type":"default","mystery":2}}""", "rope_parameters.mystery")]
    [InlineData("""{"rope_scaling":{"type":"linear"}}""", "rope_scaling.factor")]
    [InlineData("""{"rope_scaling":{"type":"llama3","factor":2,"high_freq_factor":4}}""", "rope_scaling.low_freq_factor")]
    [InlineData("""{"rope_parameters":{"rope_theta":500},"rope_theta":600}""", "rope_theta")]
    [InlineData("""{"rope_parameters":{"full_attention":{"rope_type":"default"},"sliding_attention":{"rope_type":"default"}}}""", "rope_parameters.full_attention")]
    [InlineData("""{"rope_scaling":"linear"}""", "rope_scaling")]
    public void RotarySettingThatIsNotUnderstood_IsRefusedByName(string settings, string field)
    {
        foreach (var type in new[] { "llama", "gpt_neox", "qwen2" })
        {
            using var model = Model($$"""{"model_type":"{{type}}",{{settings[1..]}}""");
            var error = Assert.Throws<CheckpointFormatException>(
                () => new ResidualStreamAnalysis(ActivationTests.Settings(2, 9)).Run(model.Input, TestContext.Current.CancellationToken));
            Assert.Equal(field, error.Place);
        }
    }

    /// <summary>One model, the same weights, each spelling: the same bytes.</summary>
    [Theory]
    [InlineData("""{"model_type":"gpt_neox","rotary_pct":1.0,"rotary_emb_base":300}""", """{"model_type":"gpt_neox","rope_parameters":{"rope_type":"default","partial_rotary_factor":1.0,"rope_theta":300}}""")]
    [InlineData("""{"model_type":"gpt_neox","rotary_pct":0.5,"rotary_emb_base":300}""", """{"model_type":"gpt_neox","partial_rotary_factor":0.5,"rope_theta":300.0}""")]
    [InlineData("""{"model_type":"gpt_neox","rotary_pct":1,"layer_norm_eps":0.1}""", """{"model_type":"gpt_neox","rotary_pct":1,"layer_norm_epsilon":0.1}""")]
    [InlineData("""{"model_type":"llama","rope_theta":700,"rope_scaling":{"type":"linear","factor":2}}""", """{"model_type":"llama","rope_parameters":{"rope_type":"linear","rope_theta":700,"factor":2.0}}""")]
    [InlineData("""{"model_type":"llama","rope_scaling":null}""", """{"model_type":"llama","rope_parameters":{"rope_type":"default","rope_theta":10000.0}}""")]
    [InlineData("""{"model_type":"gpt2"}""", """{"model_type":"gpt2","layer_norm_eps":1e-5,"scale_attn_weights":true,"tie_word_embeddings":true}""")]
    [InlineData("""{"model_type":"qwen2","sliding_window":3}""", """{"model_type":"qwen2","use_sliding_window":false,"layer_types":["full_attention","full_attention"]}""")]
    [InlineData("""{"model_type":"mistral","sliding_window":3}""", """{"model_type":"mistral","sliding_window":3,"layer_types":["sliding_attention","sliding_attention"]}""")]
    public void SettingUnderAnotherSpelling_GivesTheSameNumbers(string one, string other)
    {
        var (first, second) = (Stream(one), Stream(other));
        Assert.Equal(first, second);
        Assert.NotEqual(first, Stream("""{"model_type":"llama","rope_theta":3,"rms_norm_eps":0.7}"""));
    }

    /// <summary>Each setting reaches the numbers: leaving it out gives others.</summary>
    [Theory]
    [InlineData("gpt_neox", "rope_theta", "300")]
    [InlineData("gpt_neox", "partial_rotary_factor", "1.0")]
    [InlineData("gpt_neox", "rope_parameters", """{"rope_theta":300}""")]
    [InlineData("gpt_neox", "layer_norm_epsilon", "0.1")]
    [InlineData("gpt2", "layer_norm_eps", "0.1")]
    [InlineData("gpt2", "scale_attn_weights", "false")]
    [InlineData("gpt2", "scale_attn_by_inverse_layer_idx", "true")]
    [InlineData("llama", "partial_rotary_factor", "0.5")]
    [InlineData("llama", "rope_scaling", """{"type":"yarn","factor":4.0}""")]
    [InlineData("llama", "rms_norm_eps", "0.1")]
    [InlineData("mistral", "sliding_window", "2")]
    [InlineData("olmo", "clip_qkv", "0.1")]
    public void Setting_ChangesTheNumbers(string type, string field, string value)
    {
        var plain = $$"""{"model_type":"{{type}}"{{(type == "gpt_neox" ? ",\"rotary_pct\":0.5" : "")}}}""";
        var with = JsonNode.Parse(plain)!.AsObject();
        if (field is "partial_rotary_factor")
        {
            with.Remove("rotary_pct");
        }

        with[field] = JsonNode.Parse(value);
        Assert.NotEqual(Stream(plain), Stream(with.ToJsonString()));
    }

    /// <summary>A sequence that is longer than the context turns by another base.</summary>
    [Fact]
    public void DynamicScaling_BeyondTheContext_IsThatOfPlainLoops()
    {
        const string config = """{"model_type":"llama","max_position_embeddings":8,"rope_scaling":{"type":"dynamic","factor":3.0}}""";
        var shape = OtherFamilies.Read(OtherFamilies.Complete(config)) with { HeadDimension = 8 };
        var expected = new LoopRotary(JsonDocument.Parse(config).RootElement, 8, length: 20, scaled: true);
        var found = RotaryFrequencies.Compute(shape, 8, length: 20, isScaled: true);
        double[] x = [1, 2, 3, 4, 5, 6, 7, 8];
        var turned = expected.Rotate(x, 19);
        for (var i = 0; i < 4; i++)
        {
            Assert.Equal((x[i] * Math.Cos(19 * found[i])) - (x[i + 4] * Math.Sin(19 * found[i])), turned[i], 1e-12);
        }

        Assert.NotEqual(RotaryFrequencies.Compute(shape, 8, length: 8, isScaled: true), found);
    }

    /// <summary>A family of a user's own assembly, with its forward pass, after one registration.</summary>
    [Fact]
    public void FamilyOfAnotherAssembly_IsFoundAfterItsRegistration()
    {
        ModelFamilies.Register(typeof(HalvingFamily).Assembly);
        ModelFamilies.Register(typeof(HalvingFamily).Assembly);
        Assert.Contains("halving", ModelFamilies.ModelTypes);
        var shape = OtherFamilies.Read("""{"model_type":"halving","hidden_size":16,"blocks":3}""");
        Assert.Equal(11 * 16, shape.ParameterCount);
        using var model = new RandomModel(shape, seed: 1, config: """{"model_type":"halving","hidden_size":16,"blocks":3}""");
        var table = new ResidualStreamAnalysis(ActivationTests.Settings(2, 9)).Run(model.Input, TestContext.Current.CancellationToken);
        Assert.Equal(table["max_abs"].Number(0) / 8, table["max_abs"].Number(6), 1e-6);
    }

    [Fact]
    public void FamilyWithoutAForwardPass_IsRefusedWithItsName()
    {
        var shape = OtherFamilies.Shape("llama") with { ModelType = "mamba" };
        using var rotary = new Rotary(shape, 3);
        var error = Assert.Throws<NotSupportedException>(() => ForwardPasses.For(shape, _ => null!, rotary));
        Assert.Contains("mamba", error.Message, StringComparison.Ordinal);
    }

    private static RandomModel Model(string config)
    {
        var complete = OtherFamilies.Complete(config);
        return new RandomModel(OtherFamilies.Read(complete), seed: 5, config: complete);
    }

    private static double[] Stream(string config)
    {
        using var model = Model(config);
        var table = new ResidualStreamAnalysis(ActivationTests.Settings(2, 9)).Run(model.Input, TestContext.Current.CancellationToken);
        return [.. Enumerable.Range(0, table.Count).SelectMany(row => new[] { table["std"].Number(row), table["max_abs"].Number(row) })];
    }
}
