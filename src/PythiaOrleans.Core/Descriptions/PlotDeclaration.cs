namespace PythiaOrleans.Core.Descriptions;

/// <summary>One plot of an analysis.</summary>
/// <param name="Kind">How it is drawn.</param>
/// <param name="Column">The column that it shows.</param>
/// <param name="Title">What the reader sees in it.</param>
/// <param name="Axis">The label of the y axis, with the unit where there is one.</param>
/// <param name="Logarithmic">Whether the y axis is logarithmic.</param>
public sealed record PlotDeclaration(PlotKind Kind, string Column, string Title, string Axis, bool Logarithmic = false)
{
    /// <summary>Where the values of a histogram's or a quantile plot's list lie; null for other kinds, which need none.</summary>
    public PlotGeometry? Geometry { get; init; }

    /// <summary>How this plot is read, one sentence; null where the analysis's own reading says it.</summary>
    public string? Reading { get; init; }

    /// <summary>
    /// The component and parameter that the report shows first, <c>final_layer_norm all</c>; null leaves the choice to the report.
    /// </summary>
    public string? FirstGroup { get; init; }
}
