namespace PythiaOrleans.Checkpoints.Families;

/// <summary>
/// GPT-2: sequential blocks, matrices stored [in, out], queries, keys and values side by side in one matrix [d, 3d], learned positions,
/// tied embedding.
/// </summary>
internal sealed class Gpt2Family : IModelFamily
{
    private static readonly string[] Buffers = [".attn.bias", ".attn.masked_bias"];
    private const string Head = "lm_head.weight";

    /// <inheritdoc />
    public IReadOnlyList<string> ModelTypes { get; } = ["gpt2"];

    /// <inheritdoc />
    public string Prefix => "transformer.";

    /// <inheritdoc />
    public ModelShape ReadShape(ConfigFields config)
    {
        ArgumentNullException.ThrowIfNull(config);
        var hidden = config.Positive("n_embd", alias: "hidden_size");
        config.Accept("activation_function", "gelu_new", "gelu_pytorch_tanh");
        config.Ignore("n_ctx"); // the same as n_positions; only n_positions is read where these models are written
        return new ModelShape
        {
            ModelType = ModelTypes[0],
            Blocks = config.Positive("n_layer", alias: "num_hidden_layers", max: ConfigFields.MaxBlocks),
            HiddenSize = hidden,
            Heads = config.DivisorOf(hidden, "n_head", alias: "num_attention_heads"),
            IntermediateSize = config.OptionalPositive("n_inner") ?? 4 * hidden,
            VocabularyRows = config.Positive("vocab_size", max: ConfigFields.MaxRows),
            ContextLength = config.Positive("n_positions", 1024, alias: "max_position_embeddings", max: ConfigFields.MaxRows),
            RotaryPct = 0,
            LayerNormEps = config.Number("layer_norm_epsilon", 1e-5, alias: "layer_norm_eps"),
            ParallelResidual = false,
            TiedEmbedding = config.Flag("tie_word_embeddings", true),
            ScalesAttention = config.Flag("scale_attn_weights", true),
            ScalesAttentionByBlock = config.Flag("scale_attn_by_inverse_layer_idx", false),
        };
    }

    /// <inheritdoc />
    public IEnumerable<ExpectedTensor> Expect(ModelShape shape)
    {
        ArgumentNullException.ThrowIfNull(shape);
        long d = shape.HiddenSize;
        yield return new("transformer.wte.weight", new WeightName(Components.EmbedIn, null, "weight"), [shape.VocabularyRows, d])
        {
            AlternativeName = shape.TiedEmbedding ? Head : null,
        };
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
                yield return new($"{stored}.weight", new WeightName(component, block, "weight"), weight, IsTransposed: weight.Length == 2);
                yield return new($"{stored}.bias", new WeightName(component, block, "bias"), [weight[^1]]);
            }
        }

        yield return new("transformer.ln_f.weight", new WeightName(Components.FinalLayerNorm, null, "weight"), [d]);
        yield return new("transformer.ln_f.bias", new WeightName(Components.FinalLayerNorm, null, "bias"), [d]);
        if (!shape.TiedEmbedding)
        {
            yield return new(Head, new WeightName(Components.EmbedOut, null, "weight"), [shape.VocabularyRows, d]);
        }
    }

    /// <inheritdoc />
    public bool IsBuffer(string tensorName, ModelShape shape) =>
        Array.Exists(Buffers, buffer => tensorName.EndsWith(buffer, StringComparison.Ordinal))
        || (shape.TiedEmbedding && tensorName == Head);
}
