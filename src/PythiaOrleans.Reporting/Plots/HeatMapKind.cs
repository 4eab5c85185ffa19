using System.Globalization;
using PythiaOrleans.Core.Descriptions;
using PythiaOrleans.Core.Tables;
using ScottPlot;

namespace PythiaOrleans.Reporting.Plots;

/// <summary>Numbers between -1 and 1 above the diagonal of a symmetric matrix, row by row.</summary>
/// <remarks>An analysis may have <c>order</c>, an order of the rows that shows more, and <c>token_ids</c>, the tokens that the rows stand
/// for.</remarks>
internal sealed class HeatMapKind : FrameKind
{
    /// <summary>What a cell of 1 is stored as.</summary>
    internal const int Unit = 127;

    /// <inheritdoc />
    public override string Name => PlotKind.HeatMap.Name;

    /// <inheritdoc />
    protected override bool IsSquare => true;

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

    /// <summary>Says what the ends of the colour scale stand for: one cell in a hundred is beyond them, in all groups and steps.</summary>
    protected override ReportPlot Complete(PlotDeclaration plot, ReportPlot gathered)
    {
        var counts = new long[Unit + 1];
        var lines = gathered.Groups.SelectMany(group => group.Frames!).SelectMany(frame => frame.Lines);
        foreach (var cell in lines.SelectMany(line => line.Cells!))
        {
            counts[Math.Abs((int)(sbyte)cell)]++;
        }

        var (beyond, end) = (counts.Sum() / 100, Unit);
        for (; end > 1 && counts[end] <= beyond; end--)
        {
            beyond -= counts[end];
        }

        return gathered with { FullScale = ReportLine.Rounded(end / (double)Unit) };
    }

    /// <inheritdoc />
    protected override Plot Panel(ReportPage page, ReportPlot plot, string title, IReadOnlyList<ReportLine> lines)
    {
        var panel = PanelDrawing.Empty(title, "token", "token");
        if (lines is not [var line, ..])
        {
            PanelDrawing.Finish(panel, false, false, PanelDrawing.TickLabel);
            return panel;
        }

        var cells = HeatMapCells.Unpack(line.Cells!);
        var size = cells.GetLength(0);
        var map = panel.Add.Heatmap(cells);
        map.Colormap = new DivergingColors();
        map.ManualRange = new ScottPlot.Range(-plot.FullScale!.Value, plot.FullScale.Value);
        var bar = panel.Add.ColorBar(map);
        bar.Width = 12;
        bar.Axis.TickGenerator = new TidyTicks(false, PanelDrawing.TickLabel) { MaxTickCount = 5 };
        panel.Axes.Bottom.TickGenerator = new TidyTicks(false, row => TokenName(page, line, row), isWhole: true);
        // The first row is on top.
        panel.Axes.Left.TickGenerator = new TidyTicks(false, row => TokenName(page, line, row), isWhole: true, mirror: size - 1);
        panel.Axes.Bottom.TickLabelStyle.FontName = PanelDrawing.Face;
        panel.Axes.SetLimits(-0.5, size - 0.5, -0.5, size - 0.5);
        foreach (var end in HeatMapCells.GroupEnds(page.Tokens, line.Tokens))
        {
            panel.Add.VerticalLine(end - 0.5, 0.6f, Colors.Black.WithOpacity(0.5));
            panel.Add.HorizontalLine(size - end - 0.5, 0.6f, Colors.Black.WithOpacity(0.5));
        }

        return panel;
    }

    /// <inheritdoc />
    protected override IReadOnlyList<PictureKey> Keys(ReportPlot plot) => [];

    // The id of the token that a row stands for, with its text where it is known.
    private static string TokenName(ReportPage page, ReportLine line, double row)
    {
        if (line.Tokens is not { } tokens || row < 0 || row >= tokens.Count || row != Math.Floor(row))
        {
            return PanelDrawing.TickLabel(row);
        }

        var id = tokens[(int)row];
        return page.Tokens.TryGetValue(id, out var text) && text.Length == 1 && !char.IsControl(text[0])
            ? $"{id} {text}"
            : id.ToString(CultureInfo.InvariantCulture);
    }

    private static byte ToByte(float cell) => (byte)(sbyte)Math.Round(Unit * (float.IsFinite(cell) ? Math.Clamp(cell, -1, 1) : 0));
}
