namespace PythiaOrleans.Checkpoints.Families;

/// <summary>
/// Llama and its like (SmolLM, Mistral, Qwen 2 and 3, OLMo 1 to 3, SmolLM 3): sequential blocks, separate queries, keys and values, shared
/// key and value heads, gated MLP,
/// RMSNorm without biases.
/// </summary>
/// <remarks>
/// OLMo's norms have no parameters; OLMo 2 and 3 normalize queries and keys, and what attention and MLP give instead of what they read;
/// Qwen 3 normalizes the queries and keys
/// of each head; OLMo 3 sees a window in three of four blocks; SmolLM 3 does not rotate in every fourth.
/// </remarks>
internal sealed class LlamaFamily : IModelFamily
{
    private const string Head = "lm_head.weight";

    /// <inheritdoc />
    public IReadOnlyList<string> ModelTypes { get; } = [.. LlamaVariant.All.Keys];

    /// <inheritdoc />
    public string Prefix => "model.";

    /// <inheritdoc />
    public ModelShape ReadShape(ConfigFields config)
    {
        ArgumentNullException.ThrowIfNull(config);
        var variant = LlamaVariant.All[config.ModelType];
        var hidden = config.Positive("hidden_size");
        var heads = config.Positive("num_attention_heads", max: ConfigFields.MaxHeads);
        var dimension = config.OptionalPositive("head_dim") ?? variant.HeadDimension;
        var blocks = config.Positive("num_hidden_layers", max: ConfigFields.MaxBlocks);
        var context = config.Positive("max_position_embeddings", variant.Context, max: ConfigFields.MaxRows);
        var rotary = new RotaryFields(config, defaultShare: 1, variant.RotaryBase, context);
        var (window, windowed) = variant.ReadWindow(config, blocks);
        config.Accept("hidden_act", "silu", "swish");
        return new ModelShape
        {
            ModelType = config.ModelType,
            Blocks = blocks,
            HiddenSize = hidden,
            Heads = dimension is null ? config.DivisorOf(hidden, "num_attention_heads") : heads,
            KeyValueHeads = config.OptionalPositive("num_key_value_heads") is null ? null : config.DivisorOf(heads, "num_key_value_heads"),
            HeadDimension = dimension,
            IntermediateSize = config.Positive("intermediate_size"),
            VocabularyRows = config.Positive("vocab_size", max: ConfigFields.MaxRows),
            ContextLength = context,
            RotaryPct = rotary.Share,
            RotaryBase = rotary.Base,
            RotaryScaling = rotary.Scaling,
            RotaryBlocks = variant.ReadRotaryBlocks(config, blocks),
            LayerNormEps = variant.ReadEps(config),
            ParallelResidual = false,
            TiedEmbedding = config.Flag("tie_word_embeddings", variant.TiedEmbedding),
            AttentionBias = config.OptionalFlag("attention_bias"),
            MlpBias = config.Flag("mlp_bias", false),
            AttentionWindow = window,
            WindowedBlocks = windowed,
            AttentionClamp = config.OptionalNumber("clip_qkv"),
        };
    }

    /// <inheritdoc />
    public IEnumerable<ExpectedTensor> Expect(ModelShape shape)
    {
        ArgumentNullException.ThrowIfNull(shape);
        var variant = LlamaVariant.All[shape.ModelType];
        long d = shape.HiddenSize;
        yield return new("model.embed_tokens.weight", new WeightName(Components.EmbedIn, null, "weight"), [shape.VocabularyRows, d])
        {
            AlternativeName = shape.TiedEmbedding ? Head : null,
        };
        foreach (var tensor in Enumerable.Range(0, shape.Blocks).SelectMany(block => Block(shape, variant, block)))
        {
            yield return tensor;
        }

        if (variant.Norms != LlamaNorms.WithoutParameters)
        {
            yield return new("model.norm.weight", new WeightName(Components.FinalLayerNorm, null, "weight"), [d]);
        }

        if (!shape.TiedEmbedding)
        {
            yield return new(Head, new WeightName(Components.EmbedOut, null, "weight"), [shape.VocabularyRows, d]);
        }
    }

    /// <inheritdoc />
    public bool IsBuffer(string tensorName, ModelShape shape) =>
        tensorName.EndsWith("rotary_emb.inv_freq", StringComparison.Ordinal) || (shape.TiedEmbedding && tensorName == Head);

    private static IEnumerable<ExpectedTensor> Block(ModelShape shape, LlamaVariant variant, int block)
    {
        long d = shape.HiddenSize, inner = shape.IntermediateSize;
        long queries = (long)shape.Heads * shape.HeadSize, keys = (long)(shape.KeyValueHeads ?? shape.Heads) * shape.HeadSize;
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
        foreach (var (name, component, weight) in Norms(shape, variant, queries, keys).Concat(matrices))
        {
            var stored = $"model.layers.{block}.{name}";
            yield return new($"{stored}.weight", new WeightName(component, block, "weight"), weight);
            if (weight.Length == 2 && HasBias(shape, variant, component))
            {
                yield return new($"{stored}.bias", new WeightName(component, block, "bias"), [weight[0]]);
            }
        }
    }

    private static IEnumerable<(string Name, string Component, long[] Weight)> Norms(
        ModelShape shape, LlamaVariant variant, long queries, long keys)
    {
        long d = shape.HiddenSize;
        if (variant.Norms == LlamaNorms.OfInputs)
        {
            yield return ("input_layernorm", Components.InputLayerNorm, [d]);
            yield return ("post_attention_layernorm", Components.PostAttentionLayerNorm, [d]);
        }
        else if (variant.Norms == LlamaNorms.OfOutputs)
        {
            yield return ("post_attention_layernorm", Components.PostAttentionLayerNorm, [d]);
            yield return ("post_feedforward_layernorm", Components.PostMlpLayerNorm, [d]);
        }

        if (variant.NormsQueriesAndKeys)
        {
            yield return ("self_attn.q_norm", Components.QueryNorm, [variant.NormsEachHead ? shape.HeadSize : queries]);
            yield return ("self_attn.k_norm", Components.KeyNorm, [variant.NormsEachHead ? shape.HeadSize : keys]);
        }
    }

    // attention_bias speaks of all four projections; Qwen 2 leaves the output's out.
    private static bool HasBias(ModelShape shape, LlamaVariant variant, string component) => component switch
    {
        Components.Query or Components.Key or Components.Value => shape.AttentionBias ?? variant.AttentionBias,
        Components.AttentionDense => (shape.AttentionBias ?? variant.AttentionBias) && variant.OutputBias,
        _ => shape.MlpBias,
    };
}
