namespace PythiaOrleans.Checkpoints.Families;

/// <summary>What <c>rope_scaling</c> or <c>rope_parameters</c> of a configuration asks for, defaults filled in.</summary>
public sealed record RotaryScaling
{
    /// <summary>Which formula.</summary>
    public required RotaryKind Kind { get; init; }

    /// <summary>How many times longer the context is than that of the training.</summary>
    public required double Factor { get; init; }

    /// <summary>The context of the training, in tokens.</summary>
    public required int OriginalContext { get; init; }

    /// <summary>Llama 3: wavelengths over the original context divided by this are scaled.</summary>
    public double LowFrequencyFactor { get; init; } = 1;

    /// <summary>Llama 3: wavelengths under the original context divided by this are kept.</summary>
    public double HighFrequencyFactor { get; init; } = 4;

    /// <summary>YaRN: dimensions that turn more often than this within the original context are kept.</summary>
    public double BetaFast { get; init; } = 32;

    /// <summary>YaRN: dimensions that turn less often than this are scaled.</summary>
    public double BetaSlow { get; init; } = 1;

    /// <summary>YaRN: whether the limits are rounded to whole dimensions.</summary>
    public bool Truncate { get; init; } = true;

    /// <summary>YaRN: what cosines and sines are multiplied with.</summary>
    public double AttentionFactor { get; init; } = 1;
}
