using PythiaOrleans.Core.Descriptions;
using PythiaOrleans.Core.Tables;
using PythiaOrleans.Numerics.Distributions;
using ScottPlot;

namespace PythiaOrleans.Reporting.Plots;

/// <summary>Singular values by rank, both axes logarithmic, with the edge that the Marchenko-Pastur distribution allows.</summary>
internal sealed class SpectrumKind : FrameKind
{
    private const string EdgeColumn = "marchenko_pastur_edge";
    private const double RanksPerDecade = 16;

    /// <inheritdoc />
    public override string Name => PlotKind.Spectrum.Name;

    /// <inheritdoc />
    protected override IReadOnlyCollection<string> OtherColumns => [EdgeColumn];

    /// <summary>The ranks, from 1, at which singular values are drawn.</summary>
    internal static IEnumerable<int> Ranks(int count) => Enumerable.Range(0, int.MaxValue)
        .Select(k => (int)Math.Round(Math.Pow(10, k / RanksPerDecade), MidpointRounding.AwayFromZero))
        .TakeWhile(rank => rank <= count)
        .Distinct();

    /// <inheritdoc />
    protected override Func<int, ReportLine, ReportLine?> Reader(ResultTable table, PlotDeclaration plot)
    {
        var (lists, edges) = (table.Read<double[]?>(plot.Column), table.Find(EdgeColumn));
        return (row, line) => lists[row] is { Length: > 0 } values
            ? line with
            {
                Y = [.. Ranks(values.Length).Select(rank => ReportLine.Rounded(values[rank - 1]))],
                Edge = edges is null ? null : ReportLine.Rounded(edges.Number(row)),
            }
            : null;
    }

    /// <inheritdoc />
    protected override ReportPlot Complete(PlotDeclaration plot, ReportPlot gathered)
    {
        var longest = gathered.Groups.SelectMany(group => group.Frames!)
            .SelectMany(frame => frame.Lines)
            .Select(line => line.Y.Count)
            .DefaultIfEmpty()
            .Max();
        return gathered with { XLabel = "rank", X = [.. Ranks(int.MaxValue).Take(longest).Select(rank => (double)rank)] };
    }

    /// <inheritdoc />
    protected override IReadOnlyList<PictureKey> Keys(ReportPlot plot) =>
        PanelDrawing.GuideKeys(plot with { Guides = [new ReportGuide("largest value of a random matrix, median over blocks", [])] });

    /// <inheritdoc />
    protected override Plot Panel(ReportPage page, ReportPlot plot, string title, IReadOnlyList<ReportLine> lines)
    {
        var panel = PanelDrawing.Empty(title, plot.XLabel, plot.Axis);
        double[] x = [.. plot.X!.Select(Math.Log10)];
        foreach (var line in lines)
        {
            PanelDrawing.AddLine(panel, x[..line.Y.Count], line.Y, plot.Log, PanelDrawing.BlockColor(page, line), 1.2f);
        }

        if (lines.Count > 0)
        {
            double? edge = Quantiles.Median(lines.Select(line => line.Edge).OfType<double>());
            PanelDrawing.AddGuide(panel, [x[0], x[lines.Max(line => line.Y.Count) - 1]], [edge, edge], plot.Log);
        }

        PanelDrawing.Finish(panel, plot.Log, lines.Count > 0, PanelDrawing.TickLabel, isLogX: true);
        return panel;
    }
}
