namespace PythiaOrleans.Reporting.Plots;

/// <summary>One panel of a finding's picture, or the losses of all models.</summary>
/// <param name="Title">The component and its parameter.</param>
/// <param name="Axis">What y is.</param>
/// <param name="X">The x values of all lines, ascending.</param>
/// <param name="Lines">One value for each x; null where the line has none, and goes on to its next value.</param>
internal sealed record ReportFindingPanel(string Title, string Axis, IReadOnlyList<double> X, IReadOnlyList<ReportLine> Lines)
{
    /// <summary>What x is.</summary>
    public string XLabel { get; init; } = "step";

    /// <summary>Whether the y axis is logarithmic.</summary>
    public bool Log { get; init; }

    /// <summary>Whether there is a line for each block, so that each model has a panel of its own.</summary>
    public bool InBlocks { get; init; }

    /// <summary>The part of training that the claim names, to be shaded.</summary>
    public IReadOnlyList<ReportWindow> Windows { get; init; } = [];

    /// <summary>Tolerances.</summary>
    public IReadOnlyList<double> Limits { get; init; } = [];

    /// <summary>Peaks and crossings.</summary>
    public IReadOnlyList<ReportMark> Marks { get; init; } = [];
}
