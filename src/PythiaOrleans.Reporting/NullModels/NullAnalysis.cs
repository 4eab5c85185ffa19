using PythiaOrleans.Reporting.Findings;

namespace PythiaOrleans.Reporting.NullModels;

/// <summary>What a null model writes of an analysis.</summary>
/// <param name="Parts">The rows of each checkpoint.</param>
/// <param name="Columns">The columns.</param>
internal sealed record NullAnalysis(IReadOnlyList<NullPart> Parts, IReadOnlyList<NullColumn> Columns);

/// <summary>A component whose rows a null model writes.</summary>
/// <param name="Component">The component.</param>
/// <param name="Parameter">Weight, bias, all or first.</param>
/// <param name="Rows">A row for each block, or one without.</param>
internal sealed record NullPart(string Component, string Parameter, SeriesRows Rows);

/// <summary>A column and the range of its values in real sweeps.</summary>
/// <param name="Name">The column's name.</param>
/// <param name="Min">The smallest value.</param>
/// <param name="Max">The largest value.</param>
internal sealed record NullColumn(string Name, double Min, double Max);
