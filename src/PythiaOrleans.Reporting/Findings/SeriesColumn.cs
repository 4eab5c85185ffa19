using PythiaOrleans.Checkpoints.Families;
using PythiaOrleans.Reporting.Series;

namespace PythiaOrleans.Reporting.Findings;

/// <summary>A column of an analysis's series, and which rows of it are meant.</summary>
/// <param name="Analysis"><c>weight-moments</c>.</param>
/// <param name="Column"><c>norm</c>.</param>
/// <param name="Components">
/// The components. Where a model keeps queries, keys and values apart and has no rows of <see cref="Components.QueryKeyValue"/>, those
/// three stand for it.
/// </param>
public sealed record SeriesColumn(string Analysis, string Column, params string[] Components)
{
    private static readonly string[] Separate =
        [Checkpoints.Families.Components.Query, Checkpoints.Families.Components.Key, Checkpoints.Families.Components.Value];

    /// <summary><c>weight</c> or <c>bias</c>; of the residual stream <c>all</c> or <c>inner</c>; null for every parameter.</summary>
    public string? Parameter { get; init; } = "weight";

    /// <summary>Blocks, or the row without a block.</summary>
    public SeriesRows Rows { get; init; } = SeriesRows.Blocks;

    /// <summary>The curves of one model, by component, then by block; none where the series does not have them.</summary>
    public IReadOnlyList<Curve> Select(SeriesSet series, string model)
    {
        ArgumentNullException.ThrowIfNull(series);
        var found = series.Curves(Analysis, Column).Where(curve =>
            curve.Model == model
            && (Parameter is null || curve.Parameter == Parameter)
            && (curve.Block is null) == (Rows == SeriesRows.Whole)).ToLookup(curve => curve.Component);
        return
        [
            .. Components.SelectMany(component => component == Checkpoints.Families.Components.QueryKeyValue
                && !found.Contains(component) ? Separate : [component])
                .SelectMany(component =>
                    found[component].OrderBy(curve => curve.Block).ThenBy(curve => curve.Parameter, StringComparer.Ordinal)),
        ];
    }

    /// <inheritdoc />
    public override string ToString() => $"{Analysis}.{Column}";
}
