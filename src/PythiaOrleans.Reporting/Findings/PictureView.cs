namespace PythiaOrleans.Reporting.Findings;

/// <summary>What a picture of a measure puts along its axes.</summary>
public enum PictureView
{
    /// <summary>The median over blocks along training, one line for each model.</summary>
    Median,

    /// <summary>Every block along training, one line for each model and block.</summary>
    EachBlock,

    /// <summary>The last value over the block's index, one line for each model.</summary>
    LastByBlock,

    /// <summary>The largest value ever measured over the block's index, one line for each model.</summary>
    MaxByBlock,
}
