using System.Text.Json;

namespace PythiaOrleans.Checkpoints.Families;

/// <summary>Llama and its like (SmolLM, Mistral, Qwen 2, OLMo, OLMo 2): sequential blocks, separate queries, keys and values, shared key and value heads, gated MLP, RMSNorm without biases.</summary>
/// <remarks>OLMo's norms have no parameters; OLMo 2 normalizes queries and keys, and what attention and MLP give instead of what they read.</remarks>
internal sealed class LlamaFamily : IModelFamily
{
    private const string Olmo = "olmo";
    private const string Olmo2 = "olmo2";
    private const string Qwen2 = "qwen2";

    /// <inheritdoc />
    public IReadOnlyList<string> ModelTypes { get; } = ["llama", "mistral", Olmo, Olmo2, Qwen2];

    /// <inheritdoc />
    public string Prefix => "model.";

    /// <inheritdoc />
    public ModelShape ReadShape(string file, JsonElement config)
    {
        var fields = new ConfigFields(file, config);
        var type = config.GetProperty("model_type").GetString()!;
        var hidden = fields.Positive("hidden_size");
        var heads = fields.Positive("num_attention_heads");
        var dimension = fields.MaybePositive("head_dim");
        return new ModelShape
        {
            ModelType = type,
            Blocks = fields.Positive("num_hidden_layers"),
            HiddenSize = hidden,
            Heads = dimension is null ? fields.DivisorOf(hidden, "num_attention_heads") : heads,
            KeyValueHeads = fields.MaybePositive("num_key_value_heads") is null ? null : fields.DivisorOf(heads, "num_key_value_heads"),
            HeadDimension = dimension,
            IntermediateSize = fields.Positive("intermediate_size"),
            VocabularyRows = fields.Positive("vocab_size"),
            ContextLength = fields.Positive("max_position_embeddings", 2048),
            RotaryPct = 1,
            RotaryBase = fields.Number("rope_theta", 10000),
            LayerNormEps = fields.Number("rms_norm_eps", 1e-6),
            ParallelResidual = false,
            TiedEmbedding = fields.Flag("tie_word_embeddings", false),
            AttentionBias = fields.Flag("attention_bias", type == Qwen2),
            AttentionWindow = (type == Qwen2 && !fields.Flag("use_sliding_window", false) ? null : fields.MaybePositive("sliding_window")) ?? int.MaxValue,
            Peculiarity = fields.Unusual(("hidden_act", ["silu"]), ("rope_scaling", []), ("clip_qkv", []), ("mlp_bias", [])),
        };
    }

    /// <inheritdoc />
    public IEnumerable<ExpectedTensor> Expect(ModelShape shape)
    {
        ArgumentNullException.ThrowIfNull(shape);
        long d = shape.HiddenSize;
        yield return new("model.embed_tokens.weight", new WeightName(Components.EmbedIn, null, "weight"), [shape.VocabularyRows, d]);
        foreach (var tensor in Enumerable.Range(0, shape.Blocks).SelectMany(block => Block(shape, block)))
        {
            yield return tensor;
        }

        if (shape.ModelType != Olmo)
        {
            yield return new("model.norm.weight", new WeightName(Components.FinalLayerNorm, null, "weight"), [d]);
        }

        if (!shape.TiedEmbedding)
        {
            yield return new("lm_head.weight", new WeightName(Components.EmbedOut, null, "weight"), [shape.VocabularyRows, d]);
        }
    }

    /// <inheritdoc />
    public bool IsBuffer(string tensorName, ModelShape shape) =>
        tensorName.EndsWith("rotary_emb.inv_freq", StringComparison.Ordinal) || (shape.TiedEmbedding && tensorName == "lm_head.weight");

    private static IEnumerable<ExpectedTensor> Block(ModelShape shape, int block)
    {
        long d = shape.HiddenSize, inner = shape.IntermediateSize;
        long queries = (long)shape.Heads * shape.HeadSize, keys = (long)(shape.KeyValueHeads ?? shape.Heads) * shape.HeadSize;
        (string Name, string Component, long[] Weight)[] norms = shape.ModelType switch
        {
            Olmo => [],
            Olmo2 =>
            [
                ("post_attention_layernorm", Components.PostAttentionLayerNorm, [d]), ("post_feedforward_layernorm", Components.PostMlpLayerNorm, [d]),
                ("self_attn.q_norm", Components.QueryNorm, [queries]), ("self_attn.k_norm", Components.KeyNorm, [keys]),
            ],
            _ => [("input_layernorm", Components.InputLayerNorm, [d]), ("post_attention_layernorm", Components.PostAttentionLayerNorm, [d])],
        };
        (string, string, long[])[] matrices =
        [
            ("self_attn.q_proj", Components.Query, [queries, d]),
            ("self_attn.k_proj", Components.Key, [keys, d]),
            ("self_attn.v_proj", Components.Value, [keys, d]),
            ("self_attn.o_proj", Components.AttentionDense, [d, queries]),
            ("mlp.gate_proj", Components.MlpGate, [inner, d]),
            ("mlp.up_proj", Components.MlpIn, [inner, d]),
            ("mlp.down_proj", Components.MlpOut, [d, inner]),
        ];
        foreach (var (name, component, weight) in norms.Concat(matrices))
        {
            var stored = $"model.layers.{block}.{name}";
            yield return new($"{stored}.weight", new WeightName(component, block, "weight"), weight);
            if (shape.AttentionBias && weight.Length == 2 && HasBias(shape, component))
            {
                yield return new($"{stored}.bias", new WeightName(component, block, "bias"), [weight[0]]);
            }
        }
    }

    // attention_bias speaks of all four projections; Qwen 2 leaves the output's out.
    private static bool HasBias(ModelShape shape, string component) =>
        component is Components.Query or Components.Key or Components.Value || (component == Components.AttentionDense && shape.ModelType != Qwen2);
}
