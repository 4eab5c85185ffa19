using System.Collections.Frozen;

namespace PythiaOrleans.Checkpoints.Families;

/// <summary>The kinds of weights, spelled as GPT-NeoX spells them.</summary>
public static class Components
{
    /// <summary>Queries, keys and values in one matrix [3d, d], rows grouped per head.</summary>
    public const string QueryKeyValue = "attention.query_key_value";

    /// <summary>Queries alone, in families that keep them apart.</summary>
    public const string Query = "attention.query";

    /// <summary>Keys alone.</summary>
    public const string Key = "attention.key";

    /// <summary>Values alone.</summary>
    public const string Value = "attention.value";

    /// <summary>The norm of the queries, in families that have one.</summary>
    public const string QueryNorm = "attention.query_norm";

    /// <summary>The norm of the keys.</summary>
    public const string KeyNorm = "attention.key_norm";

    /// <summary>The gate of a gated MLP [4d, d].</summary>
    public const string MlpGate = "mlp.gate";

    /// <summary>The norm after the MLP, in families that have one.</summary>
    public const string PostMlpLayerNorm = "post_mlp_layernorm";

    /// <summary>Learned embeddings of the positions [context, d].</summary>
    public const string EmbedPosition = "embed_position";

    /// <summary>The attention's output projection [d, d], columns grouped per head.</summary>
    public const string AttentionDense = "attention.dense";

    /// <summary>The MLP's first matrix [4d, d].</summary>
    public const string MlpIn = "mlp.dense_h_to_4h";

    /// <summary>The MLP's second matrix [d, 4d].</summary>
    public const string MlpOut = "mlp.dense_4h_to_h";

    /// <summary>The norm before the attention [d].</summary>
    public const string InputLayerNorm = "input_layernorm";

    /// <summary>The norm before the MLP [d].</summary>
    public const string PostAttentionLayerNorm = "post_attention_layernorm";

    /// <summary>The token embedding [V, d].</summary>
    public const string EmbedIn = "embed_in";

    /// <summary>The unembedding [V, d].</summary>
    public const string EmbedOut = "embed_out";

    /// <summary>The norm before the unembedding [d].</summary>
    public const string FinalLayerNorm = "final_layer_norm";

    /// <summary>The norm of the embedding [d], in families that have one.</summary>
    public const string EmbeddingNorm = "embedding_layernorm";

    private static readonly FrozenDictionary<string, ComponentRole> Roles = new Dictionary<string, ComponentRole>
    {
        [EmbedIn] = ComponentRole.Embedding,
        [EmbedPosition] = ComponentRole.PositionEmbedding,
        [EmbedOut] = ComponentRole.Unembedding,
        [Query] = ComponentRole.Query,
        [Key] = ComponentRole.Key,
        [Value] = ComponentRole.Value,
        [QueryKeyValue] = ComponentRole.QueryKeyValue,
        [AttentionDense] = ComponentRole.AttentionOutput,
        [MlpIn] = ComponentRole.MlpIn,
        [MlpGate] = ComponentRole.MlpGate,
        [MlpOut] = ComponentRole.MlpOut,
        [EmbeddingNorm] = ComponentRole.EmbeddingNorm,
        [InputLayerNorm] = ComponentRole.AttentionNorm,
        [PostAttentionLayerNorm] = ComponentRole.MlpNorm,
        [PostMlpLayerNorm] = ComponentRole.MlpOutputNorm,
        [QueryNorm] = ComponentRole.QueryNorm,
        [KeyNorm] = ComponentRole.KeyNorm,
        [FinalLayerNorm] = ComponentRole.FinalNorm,
    }.ToFrozenDictionary(StringComparer.Ordinal);

    // How architectures without a family here name the same things: the end of the name tells.
    private static readonly (string Ending, ComponentRole Role)[] Endings =
    [
        ("query_key_value", ComponentRole.QueryKeyValue), ("qkv_proj", ComponentRole.QueryKeyValue), ("qkv", ComponentRole.QueryKeyValue),
        ("c_attn", ComponentRole.QueryKeyValue), ("Wqkv", ComponentRole.QueryKeyValue), ("in_proj_weight", ComponentRole.QueryKeyValue),
        ("q_proj", ComponentRole.Query), ("query", ComponentRole.Query), ("k_proj", ComponentRole.Key), ("key", ComponentRole.Key),
        ("v_proj", ComponentRole.Value), ("value", ComponentRole.Value),
        ("o_proj", ComponentRole.AttentionOutput), ("attention.output.dense", ComponentRole.AttentionOutput),
        ("attn.out_proj", ComponentRole.AttentionOutput),
        ("up_proj", ComponentRole.MlpIn), ("fc1", ComponentRole.MlpIn), ("c_fc", ComponentRole.MlpIn),
        ("intermediate.dense", ComponentRole.MlpIn), ("dense_h_to_4h", ComponentRole.MlpIn), ("gate_proj", ComponentRole.MlpGate),
        ("down_proj", ComponentRole.MlpOut), ("fc2", ComponentRole.MlpOut), ("dense_4h_to_h", ComponentRole.MlpOut),
        ("embed_tokens", ComponentRole.Embedding), ("word_embeddings", ComponentRole.Embedding), ("wte", ComponentRole.Embedding),
        ("position_embeddings", ComponentRole.PositionEmbedding), ("embed_positions", ComponentRole.PositionEmbedding),
        ("wpe", ComponentRole.PositionEmbedding), ("lm_head", ComponentRole.Unembedding),
    ];

    /// <summary>
    /// What a component does, whatever its family calls it. Names of architectures without a family are told by their ends (<c>q_proj</c>,
    /// <c>fc1</c>), where those are clear; <see cref="ComponentRole.Other"/> where they are not.
    /// </summary>
    /// <param name="component">As tables hold it, <c>attention.query_key_value</c>; upper and lower case differ.</param>
    public static ComponentRole RoleOf(string component)
    {
        ArgumentNullException.ThrowIfNull(component);
        return Roles.TryGetValue(component, out var role)
            ? role
            : Array.Find(Endings, known => component == known.Ending
                || component.EndsWith($".{known.Ending}", StringComparison.Ordinal)).Role;
    }

    /// <summary>The component that has a role, as tables spell it; null for <see cref="ComponentRole.Other"/>.</summary>
    public static string? Find(ComponentRole role) => Roles.Where(pair => pair.Value == role).Select(pair => pair.Key).FirstOrDefault();
}
