using PythiaOrleans.Core.Descriptions;
using PythiaOrleans.Core.Sweeps;
using PythiaOrleans.Core.Tables;
using ScottPlot;

namespace PythiaOrleans.Reporting.Plots;

/// <summary>
/// A scalar column of every attention head along training: a row of cells for each head, a column of cells for each step.
/// </summary>
/// <remarks>Heads are rows whose parameter is <c>head0</c>, <c>head1</c> and so on; rows of other parameters are passed over.</remarks>
internal sealed class HeadsKind : IPlotKind
{
    private const string Head = "head";

    /// <inheritdoc />
    public string Name => PlotKind.Heads.Name;

    /// <inheritdoc />
    public Task<ReportPlot> GatherAsync(PlotSource source, PlotDeclaration plot, CancellationToken cancellationToken)
    {
        var groups = source.Series?.Find(plot.Column) is { Schema.IsList: false } column ? Groups(source.Series, column, source.Sweep) : [];
        return Task.FromResult(source.Plot(plot, groups));
    }

    /// <inheritdoc />
    public PanelGrid Draw(ReportPage page, ReportPlot plot, ReportGroup group, ReportFrame? frame)
    {
        var values = group.Lines!.SelectMany(line => line.Y).OfType<double>().DefaultIfEmpty(0).ToArray();
        var range = new ScottPlot.Range(Math.Min(0, values.Min()), values.Max());
        return new PanelGrid(
            $"{StaticPlots.Headline(plot, group, null)} (a row for each head, first block on top)",
            [
                .. page.Models.Select((model, index) =>
                    Panel(model, [.. group.Lines!.Where(line => line.Model == index)], range)),
            ]);
    }

    private static Plot Panel(ReportModel model, IReadOnlyList<ReportLine> lines, ScottPlot.Range range)
    {
        var panel = PanelDrawing.Empty(model.Name, "step", "block");
        if (lines.Count == 0 || lines.All(line => line.Y.All(value => value is null)))
        {
            PanelDrawing.Finish(panel, false, any: false, PanelDrawing.StepLabel);
            return panel;
        }

        var cells = new double[lines.Count, model.Steps.Count];
        for (var row = 0; row < lines.Count; row++)
        {
            for (var step = 0; step < model.Steps.Count; step++)
            {
                cells[row, step] = lines[row].Y[step] ?? double.NaN;
            }
        }

        var map = panel.Add.Heatmap(cells);
        map.Colormap = new ScottPlot.Colormaps.Viridis();
        map.ManualRange = range;
        map.CellAlignment = Alignment.LowerLeft; // else half of a cell would lie outside
        var bar = panel.Add.ColorBar(map);
        bar.Width = 12;
        bar.Axis.TickGenerator = new TidyTicks(false, PanelDrawing.TickLabel) { MaxTickCount = 5 };
        map.Position = new CoordinateRect(0, model.Steps.Count, 0, lines.Count);
        PanelDrawing.Finish(panel, false, any: true, x => PanelDrawing.StepLabel(StepAt(model, x)));
        panel.Axes.Left.TickGenerator = new ScottPlot.TickGenerators.NumericManual(
            [.. Blocks(lines).Select(block => new Tick(lines.Count - block.Middle, $"{block.Block}"))]);
        panel.Axes.SetLimits(0, model.Steps.Count, 0, lines.Count);
        return panel;
    }

    // Cells are equally wide, however many steps lie between them.
    private static double StepAt(ReportModel model, double x) => model.Steps[(int)Math.Clamp(x, 0, model.Steps.Count - 1)];

    // Each block, and the middle of its rows from the top.
    private static IEnumerable<(int? Block, double Middle)> Blocks(IReadOnlyList<ReportLine> lines) => lines
        .Select((line, row) => (line.Block, Row: row + 0.5))
        .GroupBy(line => line.Block, line => line.Row)
        .Select(rows => (rows.Key, rows.Average()));

    private static List<ReportGroup> Groups(ResultTable series, ResultColumn value, SweepSpec sweep)
    {
        var (components, parameters) = (series.Read<string>("component"), series.Read<string>("parameter"));
        return SeriesLines.Gather(series, value, sweep, row => HeadOf(parameters[row]) is { } head ? (components[row], head) : null);
    }

    private static int? HeadOf(string parameter) => parameter.StartsWith(Head, StringComparison.Ordinal)
        && int.TryParse(parameter.AsSpan(Head.Length), System.Globalization.CultureInfo.InvariantCulture, out var head) ? head : null;
}
