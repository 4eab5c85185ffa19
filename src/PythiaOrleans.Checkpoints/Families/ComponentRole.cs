namespace PythiaOrleans.Checkpoints.Families;

/// <summary>What a component does in a transformer, whatever its family calls it. <see cref="Components.RoleOf"/> gives it.</summary>
public enum ComponentRole
{
    /// <summary>No role that all families share: a convolution, a router, a tensor of an unknown architecture.</summary>
    Other,

    /// <summary>The token embedding.</summary>
    Embedding,

    /// <summary>Learned embeddings of positions.</summary>
    PositionEmbedding,

    /// <summary>The matrix that turns the last residual stream into logits.</summary>
    Unembedding,

    /// <summary>Queries alone.</summary>
    Query,

    /// <summary>Keys alone.</summary>
    Key,

    /// <summary>Values alone.</summary>
    Value,

    /// <summary>Queries, keys and values in one matrix.</summary>
    QueryKeyValue,

    /// <summary>The output projection of the attention.</summary>
    AttentionOutput,

    /// <summary>The matrix by which the MLP reads the residual stream.</summary>
    MlpIn,

    /// <summary>The matrix of a gated MLP that makes the gate.</summary>
    MlpGate,

    /// <summary>The matrix by which the MLP writes to the residual stream.</summary>
    MlpOut,

    /// <summary>The norm of the embedding.</summary>
    EmbeddingNorm,

    /// <summary>The norm before the attention.</summary>
    AttentionNorm,

    /// <summary>The norm after the attention: what the MLP reads or, in OLMo 2 and 3, what the attention gives.</summary>
    MlpNorm,

    /// <summary>The norm of what the MLP gives.</summary>
    MlpOutputNorm,

    /// <summary>The norm of the queries.</summary>
    QueryNorm,

    /// <summary>The norm of the keys.</summary>
    KeyNorm,

    /// <summary>The norm before the unembedding.</summary>
    FinalNorm,
}
