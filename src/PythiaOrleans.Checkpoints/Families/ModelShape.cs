namespace PythiaOrleans.Checkpoints.Families;

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

    /// <summary>Heads of keys and values, where several heads of queries share them; null where each has its own.</summary>
    public int? KeyValueHeads { get; init; }

    /// <summary>d_head where it is not d / h.</summary>
    public int? HeadDimension { get; init; }

    /// <summary>Whether the embedding serves as the unembedding too.</summary>
    public bool TiedEmbedding { get; init; }

    /// <summary>Whether queries, keys and values have biases, in families where that is a choice.</summary>
    public bool AttentionBias { get; init; }

    /// <summary>How far back a token sees; the whole sequence by default.</summary>
    public int AttentionWindow { get; init; } = int.MaxValue;

    /// <summary>What the configuration asks for that the family's usual forward pass does not do; null where there is nothing of the kind. Weights are measured all the same.</summary>
    public string? Peculiarity { get; init; }

    /// <summary>d_head = d / h.</summary>
    public int HeadSize => HeadDimension ?? (HiddenSize / Heads);

    /// <summary>Parameters of this shape; of a GPT-NeoX 2Vd + L(12d² + 13d) + 2d when the MLP is four times as wide as the residual stream.</summary>
    public long ParameterCount => ModelFamilies.For(this).Expect(this).Sum(tensor => tensor.Shape.Aggregate(1L, (product, size) => product * size));
}
