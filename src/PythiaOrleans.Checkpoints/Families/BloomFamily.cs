namespace PythiaOrleans.Checkpoints.Families;

/// <summary>
/// BLOOM: sequential blocks, queries, keys and values in one matrix grouped per head, positions by ALiBi, a norm of the embedding, tied
/// embedding.
/// </summary>
internal sealed class BloomFamily : IModelFamily
{
    private const string Head = "lm_head.weight";

    /// <inheritdoc />
    public IReadOnlyList<string> ModelTypes { get; } = ["bloom"];

    /// <inheritdoc />
    public string Prefix => "transformer.";

    /// <inheritdoc />
    public ModelShape ReadShape(ConfigFields config)
    {
        ArgumentNullException.ThrowIfNull(config);
        var hidden = config.OptionalPositive("hidden_size", alias: "n_embed") ?? config.Positive("hidden_size");
        config.Accept("apply_residual_connection_post_layernorm", "false");
        config.Ignore("offset_alibi"); // adds one number to all of a row, which the softmax takes away
        return new ModelShape
        {
            ModelType = ModelTypes[0],
            Blocks = config.Positive("n_layer", alias: "num_hidden_layers", max: ConfigFields.MaxBlocks),
            HiddenSize = hidden,
            Heads = config.DivisorOf(hidden, "n_head", alias: "num_attention_heads"),
            IntermediateSize = config.OptionalPositive("n_inner") ?? 4 * hidden,
            VocabularyRows = config.Positive("vocab_size", max: ConfigFields.MaxRows),
            ContextLength = config.Positive("seq_length", 2048, max: ConfigFields.MaxRows),
            RotaryPct = 0,
            LayerNormEps = config.Number("layer_norm_epsilon", 1e-5, alias: "layer_norm_eps"),
            ParallelResidual = false,
            TiedEmbedding = config.Flag("tie_word_embeddings", true),
        };
    }

    /// <inheritdoc />
    public IEnumerable<ExpectedTensor> Expect(ModelShape shape)
    {
        ArgumentNullException.ThrowIfNull(shape);
        long d = shape.HiddenSize;
        yield return new(
            "transformer.word_embeddings.weight", new WeightName(Components.EmbedIn, null, "weight"), [shape.VocabularyRows, d])
        {
            AlternativeName = shape.TiedEmbedding ? Head : null,
        };
        foreach (var tensor in Pair("transformer.word_embeddings_layernorm", Components.EmbeddingNorm, null, d))
        {
            yield return tensor;
        }

        for (var block = 0; block < shape.Blocks; block++)
        {
            (string Name, string Component, long[] Weight)[] parts =
            [
                ("input_layernorm", Components.InputLayerNorm, [d]),
                ("post_attention_layernorm", Components.PostAttentionLayerNorm, [d]),
                ("self_attention.query_key_value", Components.QueryKeyValue, [3 * d, d]),
                ("self_attention.dense", Components.AttentionDense, [d, d]),
                ("mlp.dense_h_to_4h", Components.MlpIn, [shape.IntermediateSize, d]),
                ("mlp.dense_4h_to_h", Components.MlpOut, [d, shape.IntermediateSize]),
            ];
            foreach (var (name, component, weight) in parts)
            {
                foreach (var tensor in Pair($"transformer.h.{block}.{name}", component, block, weight))
                {
                    yield return tensor;
                }
            }
        }

        foreach (var tensor in Pair("transformer.ln_f", Components.FinalLayerNorm, null, d))
        {
            yield return tensor;
        }

        if (!shape.TiedEmbedding)
        {
            yield return new(Head, new WeightName(Components.EmbedOut, null, "weight"), [shape.VocabularyRows, d]);
        }
    }

    /// <inheritdoc />
    public bool IsBuffer(string tensorName, ModelShape shape) => shape.TiedEmbedding && tensorName == Head;

    private static IEnumerable<ExpectedTensor> Pair(string name, string component, int? block, params long[] weight) =>
    [
        new($"{name}.weight", new WeightName(component, block, "weight"), weight),
        new($"{name}.bias", new WeightName(component, block, "bias"), [weight[0]]),
    ];
}
