using PythiaOrleans.Core.Descriptions;
using PythiaOrleans.Core.Tables;

namespace PythiaOrleans.Reporting.Plots;

/// <summary>Numbers between -1 and 1 above the diagonal of a symmetric matrix, row by row, as a picture on the page.</summary>
/// <remarks>An analysis may have <c>order</c>, an order of the rows that shows more, and <c>token_ids</c>, the tokens that the rows stand
/// for.</remarks>
internal sealed class HeatMapKind : FrameKind
{
    /// <inheritdoc />
    public override string Name => PlotKind.HeatMap.Name;

    /// <inheritdoc />
    public override bool HasPictures => false;

    /// <inheritdoc />
    protected override IReadOnlyCollection<string> OtherColumns => ["order", "token_ids"];

    /// <inheritdoc />
    protected override Func<int, ReportLine, ReportLine?> Reader(ResultTable table, PlotDeclaration plot)
    {
        var (lists, orders, tokens) =
            (table.Read<float[]?>(plot.Column), table.Find("order")?.Read<int[]?>(), table.Find("token_ids")?.Read<int[]?>());
        return (row, line) => lists[row] is { Length: > 0 } cells
            ? line with { Cells = Array.ConvertAll(cells, ToByte), Order = orders?[row], Tokens = tokens?[row] }
            : null;
    }

    private static byte ToByte(float cell) => (byte)(sbyte)Math.Round(127 * (float.IsFinite(cell) ? Math.Clamp(cell, -1, 1) : 0));
}
