namespace PythiaOrleans.Reporting.Findings;

/// <summary>What a panel's x is.</summary>
public enum PictureAxis
{
    /// <summary>The training step.</summary>
    Step,

    /// <summary>The block's index, from 0.</summary>
    Block,
}
