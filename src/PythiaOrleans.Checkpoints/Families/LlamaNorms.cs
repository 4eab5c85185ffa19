namespace PythiaOrleans.Checkpoints.Families;

/// <summary>Where a Llama-like block has its norms.</summary>
public enum LlamaNorms
{
    /// <summary>RMSNorm of what attention and MLP read.</summary>
    OfInputs,

    /// <summary>RMSNorm of what attention and MLP give (OLMo 2 and 3).</summary>
    OfOutputs,

    /// <summary>Layer norm without gain and bias of what attention and MLP read (OLMo 1).</summary>
    WithoutParameters,
}
