namespace PythiaOrleans.Core.Descriptions;

/// <summary>
/// How a column is drawn, by name: the report looks the name up among the kinds that it knows, so that a new kind needs no change here.
/// </summary>
/// <param name="Name">Lower case, as the report's script writes it.</param>
public readonly record struct PlotKind(string Name)
{
    /// <summary>A scalar column along training, one line for each block.</summary>
    public static PlotKind Series { get; } = new("series");

    /// <summary>A list column of counts in equal bins (<see cref="PlotDeclaration.Geometry"/>), at chosen steps.</summary>
    public static PlotKind Histogram { get; } = new("histogram");

    /// <summary>
    /// A list column of quantiles (<see cref="PlotDeclaration.Geometry"/>) against those of named distributions, at chosen steps.
    /// </summary>
    public static PlotKind Quantiles { get; } = new("quantiles");

    /// <summary>A list column of singular values by rank, both axes logarithmic, at chosen steps.</summary>
    public static PlotKind Spectrum { get; } = new("spectrum");

    /// <summary>A list column of correlations above the diagonal as a picture, at chosen steps.</summary>
    public static PlotKind HeatMap { get; } = new("heatmap");

    /// <summary>A scalar column of every attention head along training, as a picture: a line of cells for each head.</summary>
    public static PlotKind Heads { get; } = new("heads");

    /// <summary>A list column of token ids of directions as a table, at chosen steps.</summary>
    public static PlotKind Tokens { get; } = new("tokens");

    /// <inheritdoc />
    public override string ToString() => Name;
}
