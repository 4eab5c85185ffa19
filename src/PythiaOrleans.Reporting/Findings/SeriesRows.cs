namespace PythiaOrleans.Reporting.Findings;

/// <summary>
/// Which rows of a component a finding means. Analyses write a row for each block, and some of them one more for all blocks pooled.
/// </summary>
public enum SeriesRows
{
    /// <summary>One row for each block; never the pooled one.</summary>
    Blocks,

    /// <summary>The row without a block: embeddings, the final norm, or all blocks of a component pooled.</summary>
    Whole,
}
