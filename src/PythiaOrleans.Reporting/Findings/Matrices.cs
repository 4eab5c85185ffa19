using PythiaOrleans.Checkpoints.Families;

namespace PythiaOrleans.Reporting.Findings;

/// <summary>Sets of components that several findings speak of.</summary>
internal static class Matrices
{
    /// <summary>What comes out of a block, in the series of the residual stream.</summary>
    public const string ResidualStream = "residual_stream";

    /// <summary>The output-value circuit of a head, in the series of singular directions.</summary>
    public const string OutputValue = "attention.ov";

    /// <summary>The square matrix of a block.</summary>
    public const string Square = Components.AttentionDense;

    /// <summary>The matrix of queries, keys and values together.</summary>
    public const string Fused = Components.QueryKeyValue;

    /// <summary>The weight matrices of a block, the gate of a gated MLP among them.</summary>
    public static string[] All => [Components.QueryKeyValue, Components.AttentionDense, .. Mlp];

    /// <summary>The matrices of the MLP, the gate of a gated one among them.</summary>
    public static string[] Mlp => [Components.MlpIn, Components.MlpGate, Components.MlpOut];

    /// <summary>The four weight matrices of a block of GPT-NeoX or GPT-2.</summary>
    public static string[] Ungated => [Components.QueryKeyValue, Components.AttentionDense, .. UngatedMlp];

    /// <summary>The two matrices of their MLP.</summary>
    public static string[] UngatedMlp => [Components.MlpIn, Components.MlpOut];

    /// <summary>The two norms of a block.</summary>
    public static string[] BlockNorms => [Components.InputLayerNorm, Components.PostAttentionLayerNorm];

    /// <summary>Whether a component is the query, key and value matrix or one of its parts.</summary>
    public static bool IsQueryKeyValue(string component) =>
        component is Components.QueryKeyValue or Components.Query or Components.Key or Components.Value;
}
