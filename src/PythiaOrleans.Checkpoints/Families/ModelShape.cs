using System.Text.Json.Serialization;

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

    /// <summary>
    /// Whether the attention's matrices have biases, in families where that is a choice; null is what the family usually has.
    /// </summary>
    public bool? AttentionBias { get; init; }

    /// <summary>Whether the MLP's matrices have biases, in families where that is a choice.</summary>
    public bool MlpBias { get; init; }

    /// <summary>How rotary frequencies are changed for long contexts; null where they are not.</summary>
    public RotaryScaling? RotaryScaling { get; init; }

    /// <summary>The blocks whose queries and keys are rotated; null is all of them.</summary>
    public IReadOnlyList<int>? RotaryBlocks { get; init; }

    /// <summary>How many tokens a token sees, itself included; the whole sequence by default.</summary>
    public int AttentionWindow { get; init; } = int.MaxValue;

    /// <summary>The blocks in which <see cref="AttentionWindow"/> holds; null is all of them.</summary>
    public IReadOnlyList<int>? WindowedBlocks { get; init; }

    /// <summary>Whether queries times keys are scaled by 1/√d_head.</summary>
    public bool ScalesAttention { get; init; } = true;

    /// <summary>Whether they are divided by the block's number from 1 too.</summary>
    public bool ScalesAttentionByBlock { get; init; }

    /// <summary>Queries, keys and values are clamped to this absolute value; null where they are not.</summary>
    public double? AttentionClamp { get; init; }

    /// <summary>What the configuration asks for that no forward pass here computes. Weights are measured all the same.</summary>
    [JsonIgnore]
    public IReadOnlyList<UnsupportedSetting> UnsupportedSettings { get; init; } = [];

    /// <summary>d_head, d / h where nothing else is said.</summary>
    public int HeadSize => HeadDimension ?? (HiddenSize / Heads);

    /// <summary>
    /// Parameters of this shape; of a GPT-NeoX 2Vd + L(12d² + 13d) + 2d when the MLP is four times as wide as the residual stream.
    /// </summary>
    public long ParameterCount => ModelFamilies.For(this).Expect(this).Sum(tensor => tensor.Count);

    /// <summary>Whether queries and keys of a block are rotated.</summary>
    public bool IsRotary(int block) => RotaryBlocks?.Contains(block) ?? true;

    /// <summary>How many tokens a token of that block sees, itself included.</summary>
    public int WindowOf(int block) => WindowedBlocks?.Contains(block) ?? true ? AttentionWindow : int.MaxValue;
}
