using PythiaOrleans.Core.Descriptions;
using PythiaOrleans.Core.Sweeps;
using PythiaOrleans.Core.Tables;
using ScottPlot;

namespace PythiaOrleans.Reporting.Plots;

/// <summary>A scalar column along training, one line per block, or per model where there are no blocks.</summary>
internal sealed class SeriesKind : IPlotKind
{
    /// <summary>The columns of a series that say what a value belongs to.</summary>
    internal static readonly string[] Columns = ["model", "step", "block", "component", "parameter", "pooled"];

    /// <inheritdoc />
    public string Name => PlotKind.Series.Name;

    /// <inheritdoc />
    public Task<ReportPlot> GatherAsync(PlotSource source, PlotDeclaration plot, CancellationToken cancellationToken)
    {
        var groups = source.Series?.Find(plot.Column) is { Schema.IsList: false } column ? Groups(source.Series, column, source.Sweep) : [];
        return Task.FromResult(source.Plot(plot, groups));
    }

    /// <inheritdoc />
    public PanelGrid Draw(ReportPage page, ReportPlot plot, ReportGroup group, ReportFrame? frame)
    {
        var lines = group.Lines!;
        var panels = group.InBlocks
            ? page.Models.Select(
                (model, index) => Panel(page, plot, model.Name, [.. lines.Where(line => line.Model == index)], false))
            : [Panel(page, plot, "all models", lines, true)];
        return new PanelGrid(StaticPlots.Headline(plot, group, null), [.. panels])
        {
            ShowsDepth = group.InBlocks,
            Keys = group.InBlocks ? [] : PanelDrawing.ModelKeys(page),
        };
    }

    private static Plot Panel(ReportPage page, ReportPlot declared, string title, IReadOnlyList<ReportLine> lines, bool byModel)
    {
        var plot = PanelDrawing.Empty(title, Label(page.Axis), declared.Axis);
        foreach (var line in lines)
        {
            var color = byModel ? PanelDrawing.ModelColor(line.Model) : PanelDrawing.BlockColor(page, line);
            var x = page.Models[line.Model].Along(page.Axis);
            if (PanelDrawing.AddLine(plot, x, line.Y, declared.Log, color, 1.4f) is { } added && byModel)
            {
                added.LinePattern = PanelDrawing.ModelPattern(line.Model);
            }
        }

        PanelDrawing.Finish(plot, declared.Log, lines.Any(line => PanelDrawing.HasValues(line, declared.Log)),
            page.Axis == TrainingAxis.Step ? PanelDrawing.StepLabel : PanelDrawing.TickLabel);
        return plot;
    }

    private static string Label(TrainingAxis axis) => axis switch
    {
        TrainingAxis.Fraction => "fraction of training",
        TrainingAxis.DecayTime => "decay time",
        _ => "step",
    };

    private static List<ReportGroup> Groups(ResultTable series, ResultColumn value, SweepSpec sweep)
    {
        var (component, parameter) = (series.Read<string>("component"), series.Read<string>("parameter"));
        var pooled = series.Find("pooled")?.Read<bool>();
        return SeriesLines.Gather(
            series, value, sweep, row => pooled?[row] is true ? null : ($"{component[row]} {parameter[row]}", null));
    }
}
