namespace PythiaOrleans.Checkpoints;

/// <summary>The numbers of an architecture, as its <c>config.json</c> gives them.</summary>
public sealed record ModelShape
{
    /// <summary>The family's <c>model_type</c>.</summary>
    public required string ModelType { get; init; }

    /// <summary>L, the number of blocks.</summary>
    public required int Blocks { get; init; }

    /// <summary>d, the hidden size.</summary>
    public required int HiddenSize { get; init; }

    /// <summary>h, the attention heads of a block.</summary>
    public required int Heads { get; init; }

    /// <summary>The MLP's inner size, 4d in GPT-NeoX.</summary>
    public required int IntermediateSize { get; init; }

    /// <summary>V, the rows of the embedding, padding included.</summary>
    public required int VocabularyRows { get; init; }

    /// <summary>The longest context.</summary>
    public int ContextLength { get; init; } = 2048;

    /// <summary>The share of each head's dimensions that are rotated.</summary>
    public double RotaryPct { get; init; } = 0.25;

    /// <summary>The base of the rotary frequencies.</summary>
    public double RotaryBase { get; init; } = 10000;

    /// <summary>Added to the variance in every norm.</summary>
    public double LayerNormEps { get; init; } = 1e-5;

    /// <summary>Whether attention and MLP read the same input (GPT-NeoX as Pythia uses it).</summary>
    public bool ParallelResidual { get; init; } = true;

    /// <summary>d_head = d / h.</summary>
    public int HeadSize => HiddenSize / Heads;

    /// <summary>Parameters of a GPT-NeoX of this shape: 2Vd + L(12d² + 13d) + 2d when the MLP is four times as wide as the residual stream.</summary>
    public long ParameterCount =>
        (2L * VocabularyRows * HiddenSize)
        + (Blocks * ((4L * HiddenSize * HiddenSize) + (2L * HiddenSize * IntermediateSize) + (9L * HiddenSize) + IntermediateSize))
        + (2L * HiddenSize);
}
