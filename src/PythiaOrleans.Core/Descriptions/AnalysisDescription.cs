using PythiaOrleans.Core.Ids;
using PythiaOrleans.Core.Tables;

namespace PythiaOrleans.Core.Descriptions;

/// <summary>What an analysis says of itself; help, series, report sections and docs follow from it.</summary>
public sealed record AnalysisDescription
{
    /// <summary>The name, <c>weight-moments</c>.</summary>
    public required string Name { get; init; }

    /// <summary>Counted up whenever the numbers may change.</summary>
    public required int Version { get; init; }

    /// <summary>A title for people: <c>Moments of every parameter</c>.</summary>
    public required string Title { get; init; }

    /// <summary>Where it stands in reports: smaller ones first.</summary>
    public int Order { get; init; } = int.MaxValue;

    /// <summary>The question it answers, one sentence.</summary>
    public required string Question { get; init; }

    /// <summary>Where the method comes from.</summary>
    public required string Source { get; init; }

    /// <summary>The table's columns, <c>model</c> and <c>step</c> first.</summary>
    public required IReadOnlyList<ColumnSchema> Columns { get; init; }

    /// <summary>What changes the result, as it enters the fingerprint.</summary>
    public IReadOnlyDictionary<string, string> Parameters { get; init; } = new Dictionary<string, string>();

    /// <summary>The plots that the report draws from this analysis.</summary>
    public IReadOnlyList<PlotDeclaration> Plots { get; init; } = [];

    /// <summary>Name and fingerprint.</summary>
    public AnalysisId Id => AnalysisId.Create(Name, Version, Parameters);
}

/// <summary>How a column is drawn.</summary>
public enum PlotKind
{
    /// <summary>A scalar column along training, one line a block.</summary>
    Series,

    /// <summary>A list column of counts over equal bins of [-8, 8] standard deviations, at chosen steps.</summary>
    Histogram,

    /// <summary>A list column of quantiles against those of named laws, at chosen steps.</summary>
    Quantiles,

    /// <summary>A list column of singular values by rank, both axes logarithmic, at chosen steps.</summary>
    Spectrum,

    /// <summary>A list column of correlations above the diagonal as a picture, at chosen steps.</summary>
    HeatMap,

    /// <summary>A list column of token ids of directions as a table, at chosen steps.</summary>
    Tokens,
}

/// <summary>One plot of an analysis.</summary>
/// <param name="Kind">How it is drawn.</param>
/// <param name="Column">The column that it shows.</param>
/// <param name="Title">What the reader sees in it.</param>
/// <param name="Axis">The label of the y axis, with the unit where there is one.</param>
/// <param name="Logarithmic">Whether the y axis is logarithmic.</param>
public sealed record PlotDeclaration(PlotKind Kind, string Column, string Title, string Axis, bool Logarithmic = false);
