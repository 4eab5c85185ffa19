using System.Text.Json;

namespace PythiaOrleans.Checkpoints.Families;

/// <summary>GPT-2: sequential blocks, matrices stored [in, out], queries, keys and values side by side in one matrix [d, 3d], learned positions, tied embedding.</summary>
internal sealed class Gpt2Family : IModelFamily
{
    private static readonly string[] Buffers = [".attn.bias", ".attn.masked_bias"];

    /// <inheritdoc />
    public IReadOnlyList<string> ModelTypes { get; } = ["gpt2"];

    /// <inheritdoc />
    public string Prefix => "transformer.";

    /// <inheritdoc />
    public ModelShape ReadShape(string file, JsonElement config)
    {
        var fields = new ConfigFields(file, config);
        var hidden = fields.Positive("n_embd");
        return new ModelShape
        {
            ModelType = ModelTypes[0],
            Blocks = fields.Positive("n_layer"),
            HiddenSize = hidden,
            Heads = fields.DivisorOf(hidden, "n_head"),
            IntermediateSize = fields.MaybePositive("n_inner") ?? 4 * hidden,
            VocabularyRows = fields.Positive("vocab_size"),
            ContextLength = fields.Positive("n_positions", 1024),
            RotaryPct = 0,
            LayerNormEps = fields.Number("layer_norm_epsilon", 1e-5),
            ParallelResidual = false,
            TiedEmbedding = fields.Flag("tie_word_embeddings", true),
            Peculiarity = fields.Unusual(("activation_function", ["gelu_new", "gelu_pytorch_tanh"]), ("scale_attn_by_inverse_layer_idx", [])),
        };
    }

    /// <inheritdoc />
    public IEnumerable<ExpectedTensor> Expect(ModelShape shape)
    {
        ArgumentNullException.ThrowIfNull(shape);
        long d = shape.HiddenSize;
        yield return new("transformer.wte.weight", new WeightName(Components.EmbedIn, null, "weight"), [shape.VocabularyRows, d]);
        yield return new("transformer.wpe.weight", new WeightName(Components.EmbedPosition, null, "weight"), [shape.ContextLength, d]);
        for (var block = 0; block < shape.Blocks; block++)
        {
            (string Name, string Component, long[] Weight)[] parts =
            [
                ("ln_1", Components.InputLayerNorm, [d]),
                ("ln_2", Components.PostAttentionLayerNorm, [d]),
                ("attn.c_attn", Components.QueryKeyValue, [d, 3 * d]),
                ("attn.c_proj", Components.AttentionDense, [d, d]),
                ("mlp.c_fc", Components.MlpIn, [d, shape.IntermediateSize]),
                ("mlp.c_proj", Components.MlpOut, [shape.IntermediateSize, d]),
            ];
            foreach (var (name, component, weight) in parts)
            {
                var stored = $"transformer.h.{block}.{name}";
                yield return new($"{stored}.weight", new WeightName(component, block, "weight"), weight, InputsFirst: weight.Length == 2);
                yield return new($"{stored}.bias", new WeightName(component, block, "bias"), [weight[^1]]);
            }
        }

        yield return new("transformer.ln_f.weight", new WeightName(Components.FinalLayerNorm, null, "weight"), [d]);
        yield return new("transformer.ln_f.bias", new WeightName(Components.FinalLayerNorm, null, "bias"), [d]);
        if (!shape.TiedEmbedding)
        {
            yield return new("lm_head.weight", new WeightName(Components.EmbedOut, null, "weight"), [shape.VocabularyRows, d]);
        }
    }

    /// <inheritdoc />
    public bool IsBuffer(string tensorName, ModelShape shape) =>
        Array.Exists(Buffers, buffer => tensorName.EndsWith(buffer, StringComparison.Ordinal)) || (shape.TiedEmbedding && tensorName == "lm_head.weight");
}
