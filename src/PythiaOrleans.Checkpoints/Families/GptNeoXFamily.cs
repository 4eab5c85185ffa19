namespace PythiaOrleans.Checkpoints.Families;

/// <summary>GPT-NeoX as the hub stores it: Pythia, its deduped twins, GPT-NeoX-20B and the nano suite.</summary>
internal sealed class GptNeoXFamily : IModelFamily
{
    // By name, never by type: inv_freq is a float tensor and attention.bias ends like a parameter.
    private static readonly string[] Buffers = [".attention.bias", ".attention.masked_bias", ".attention.rotary_emb.inv_freq"];
    private const string Head = "embed_out.weight";

    /// <inheritdoc />
    public IReadOnlyList<string> ModelTypes { get; } = ["gpt_neox"];

    /// <inheritdoc />
    public string Prefix => "gpt_neox.";

    /// <inheritdoc />
    public ModelShape ReadShape(ConfigFields config)
    {
        ArgumentNullException.ThrowIfNull(config);
        var hidden = config.Positive("hidden_size");
        var heads = config.DivisorOf(hidden, "num_attention_heads");
        var context = config.Positive("max_position_embeddings", 2048, max: ConfigFields.MaxRows);
        var rotary = new RotaryFields(config, defaultShare: 0.25, defaultBase: 10000, context);
        config.Accept("hidden_act", "gelu");
        return new ModelShape
        {
            ModelType = ModelTypes[0],
            Blocks = config.Positive("num_hidden_layers", max: ConfigFields.MaxBlocks),
            HiddenSize = hidden,
            Heads = heads,
            IntermediateSize = config.Positive("intermediate_size"),
            VocabularyRows = config.Positive("vocab_size", max: ConfigFields.MaxRows),
            ContextLength = context,
            RotaryPct = rotary.Share,
            RotaryBase = rotary.Base,
            RotaryScaling = rotary.Scaling,
            LayerNormEps = config.Number("layer_norm_eps", 1e-5, alias: "layer_norm_epsilon"),
            ParallelResidual = config.Flag("use_parallel_residual", true),
            AttentionBias = config.OptionalFlag("attention_bias"),
            TiedEmbedding = config.Flag("tie_word_embeddings", false),
        };
    }

    /// <inheritdoc />
    public IEnumerable<ExpectedTensor> Expect(ModelShape shape)
    {
        ArgumentNullException.ThrowIfNull(shape);
        long d = shape.HiddenSize;
        yield return Outside("gpt_neox.embed_in", Components.EmbedIn, "weight", shape.VocabularyRows, d) with
        {
            AlternativeName = shape.TiedEmbedding ? Head : null,
        };
        for (var block = 0; block < shape.Blocks; block++)
        {
            foreach (var tensor in Block(shape, block))
            {
                yield return tensor;
            }
        }

        yield return Outside("gpt_neox.final_layer_norm", Components.FinalLayerNorm, "weight", d);
        yield return Outside("gpt_neox.final_layer_norm", Components.FinalLayerNorm, "bias", d);
        if (!shape.TiedEmbedding)
        {
            yield return Outside("embed_out", Components.EmbedOut, "weight", shape.VocabularyRows, d);
        }
    }

    /// <inheritdoc />
    public bool IsBuffer(string tensorName, ModelShape shape) =>
        Array.Exists(Buffers, buffer => tensorName.EndsWith(buffer, StringComparison.Ordinal))
        || (shape.TiedEmbedding && tensorName == Head);

    private static IEnumerable<ExpectedTensor> Block(ModelShape shape, int block)
    {
        long d = shape.HiddenSize, inner = shape.IntermediateSize;
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
            var isAttention = component is Components.QueryKeyValue or Components.AttentionDense;
            if (!isAttention || shape.AttentionBias != false)
            {
                yield return new ExpectedTensor($"{name}.bias", new WeightName(component, block, "bias"), [weight[0]]);
            }
        }
    }

    private static ExpectedTensor Outside(string name, string component, string parameter, params long[] shape) =>
        new($"{name}.{parameter}", new WeightName(component, null, parameter), shape);
}
