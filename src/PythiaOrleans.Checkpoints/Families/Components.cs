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

    /// <summary>
    /// What a component does, whatever its family calls it; <see cref="ComponentRole.Other"/> for names that no family here uses.
    /// </summary>
    /// <param name="component">As tables hold it, <c>attention.query_key_value</c>; upper and lower case differ.</param>
    public static ComponentRole RoleOf(string component) => Roles.GetValueOrDefault(component, ComponentRole.Other);

    /// <summary>The component that has a role, as tables spell it; null for <see cref="ComponentRole.Other"/>.</summary>
    public static string? Find(ComponentRole role) => Roles.Where(pair => pair.Value == role).Select(pair => pair.Key).FirstOrDefault();
}
