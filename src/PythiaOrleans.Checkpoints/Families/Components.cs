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
}
