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

    /// <summary>Whether a sweep that names no analyses takes it; others are asked for by name.</summary>
    public bool ByDefault { get; init; } = true;

    /// <summary>The question it answers, one sentence.</summary>
    public required string Question { get; init; }

    /// <summary>Two sentences for readers of the report: what one sees in the plots, and how to read it. Null says nothing.</summary>
    public string? Reading { get; init; }

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
