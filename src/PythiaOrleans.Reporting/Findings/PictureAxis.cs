namespace PythiaOrleans.Reporting.Findings;

/// <summary>What a panel's x is.</summary>
public enum PictureAxis
{
    /// <summary>The training step.</summary>
    Step,

    /// <summary>The step as a fraction of the model's last.</summary>
    Fraction,

    /// <summary>Decay time: minus the logarithm of what weight decay alone leaves of a weight.</summary>
    DecayTime,

    /// <summary>The block's index, from 0.</summary>
    Block,
}
