namespace PythiaOrleans.Reporting.Plots;

/// <summary>One plot: a choice of groups (component and parameter), each with one panel per model.</summary>
/// <param name="Id">Unique on the page.</param>
/// <param name="Kind">The name of the <see cref="IPlotKind"/>.</param>
/// <param name="Title">What it shows.</param>
/// <param name="Axis">The label of the y axis.</param>
/// <param name="Log">Whether the y axis starts logarithmic.</param>
/// <param name="Groups">What can be chosen.</param>
internal sealed record ReportPlot(string Id, string Kind, string Title, string Axis, bool Log, IReadOnlyList<ReportGroup> Groups)
{
    /// <summary>The index of the group that is shown first.</summary>
    public int First { get; init; }

    /// <summary>How it is read; null where the section says it.</summary>
    public string? Reading { get; init; }

    /// <summary>The label of the x axis.</summary>
    public string XLabel { get; init; } = "step";

    /// <summary>The x value of each value of a line; null where the models' steps are the x axis.</summary>
    public IReadOnlyList<double>? X { get; init; }

    /// <summary>Of a heat map: the value, above zero, at the upper end of the colour scale; the lower end is its negative.</summary>
    public double? FullScale { get; init; }

    /// <summary>What the lines are compared with, one value for each of <see cref="X"/>.</summary>
    public IReadOnlyList<ReportGuide>? Guides { get; init; }
}
