namespace PythiaOrleans.Checkpoints.Families;

/// <summary>How rotary frequencies are changed for contexts longer than those of the training.</summary>
public enum RotaryKind
{
    /// <summary>All frequencies divided by a factor (kaiokendev 2023; Chen et al. 2023, arXiv:2306.15595).</summary>
    Linear,

    /// <summary>The base grows with the length of a sequence that is longer than the context ("dynamic NTK").</summary>
    Dynamic,

    /// <summary>Low frequencies divided by a factor, high ones kept, a smooth passage between them (Llama 3.1).</summary>
    Llama3,

    /// <summary>As Llama 3's with other limits, and cosines and sines scaled (YaRN: Peng et al. 2023, arXiv:2309.00071).</summary>
    Yarn,
}
