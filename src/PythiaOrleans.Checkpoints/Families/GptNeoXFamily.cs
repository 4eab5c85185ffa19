using System.Text.Json;

namespace PythiaOrleans.Checkpoints.Families;

/// <summary>GPT-NeoX as the hub stores it: Pythia, its deduped twins, GPT-NeoX-20B and the nano suite.</summary>
internal sealed class GptNeoXFamily : IModelFamily
{
    // By name, never by type: inv_freq is a float tensor and attention.bias ends like a parameter.
    private static readonly string[] Buffers = [".attention.bias", ".attention.masked_bias", ".attention.rotary_emb.inv_freq"];

    /// <inheritdoc />
    public IReadOnlyList<string> ModelTypes { get; } = ["gpt_neox"];

    /// <inheritdoc />
    public string Prefix => "gpt_neox.";

    /// <inheritdoc />
    public ModelShape ReadShape(string file, JsonElement config)
    {
        var fields = new ConfigFields(file, config);
        var hidden = fields.Positive("hidden_size");
        var heads = fields.DivisorOf(hidden, "num_attention_heads");
        return new ModelShape
        {
            ModelType = ModelTypes[0],
            Blocks = fields.Positive("num_hidden_layers"),
            HiddenSize = hidden,
            Heads = heads,
            IntermediateSize = fields.Positive("intermediate_size"),
            VocabularyRows = fields.Positive("vocab_size"),
            ContextLength = fields.Positive("max_position_embeddings", 2048),
            RotaryPct = fields.Number("rotary_pct", 0.25),
            RotaryBase = fields.Number("rotary_emb_base", 10000),
            LayerNormEps = fields.Number("layer_norm_eps", 1e-5),
            ParallelResidual = fields.Flag("use_parallel_residual", true),
            Peculiarity = fields.Unusual(("hidden_act", ["gelu"]), ("rope_scaling", [])),
        };
    }

    /// <inheritdoc />
    public IEnumerable<ExpectedTensor> Expect(ModelShape shape)
    {
        ArgumentNullException.ThrowIfNull(shape);
        long d = shape.HiddenSize;
        yield return Outside("gpt_neox.embed_in", Components.EmbedIn, "weight", shape.VocabularyRows, d);
        for (var block = 0; block < shape.Blocks; block++)
        {
            foreach (var tensor in Block(block, d, shape.IntermediateSize))
            {
                yield return tensor;
            }
        }

        yield return Outside("gpt_neox.final_layer_norm", Components.FinalLayerNorm, "weight", d);
        yield return Outside("gpt_neox.final_layer_norm", Components.FinalLayerNorm, "bias", d);
        yield return Outside("embed_out", Components.EmbedOut, "weight", shape.VocabularyRows, d);
    }

    /// <inheritdoc />
    public bool IsBuffer(string tensorName, ModelShape shape) => Array.Exists(Buffers, buffer => tensorName.EndsWith(buffer, StringComparison.Ordinal));

    private static IEnumerable<ExpectedTensor> Block(int block, long d, long inner)
    {
        (string Component, long[] Weight)[] parts =
        [
            (Components.InputLayerNorm, [d]),
            (Components.PostAttentionLayerNorm, [d]),
            (Components.QueryKeyValue, [3 * d, d]),
            (Components.AttentionDense, [d, d]),
            (Components.MlpIn, [inner, d]),
            (Components.MlpOut, [d, inner]),
        ];
        foreach (var (component, weight) in parts)
        {
            var name = $"gpt_neox.layers.{block}.{component}";
            yield return new ExpectedTensor($"{name}.weight", new WeightName(component, block, "weight"), weight);
            yield return new ExpectedTensor($"{name}.bias", new WeightName(component, block, "bias"), [weight[0]]);
        }
    }

    private static ExpectedTensor Outside(string name, string component, string parameter, params long[] shape) =>
        new($"{name}.{parameter}", new WeightName(component, null, parameter), shape);
}
