using MathNet.Numerics.Distributions;
using PythiaOrleans.Core.Descriptions;
using PythiaOrleans.Core.Tables;
using ScottPlot;

namespace PythiaOrleans.Reporting.Plots;

/// <summary>Counts in equal bins, drawn as densities per standard deviation, beside the Gaussian's and the logistic's.</summary>
internal sealed class HistogramKind : FrameKind
{
    /// <inheritdoc />
    public override string Name => PlotKind.Histogram.Name;

    /// <inheritdoc />
    protected override IReadOnlyCollection<string> OtherColumns => ["count"];

    /// <inheritdoc />
    protected override Func<int, ReportLine, ReportLine?> Reader(ResultTable table, PlotDeclaration plot)
    {
        var (lists, total) = (table.Read<long[]?>(plot.Column), table["count"]);
        return (row, line) =>
        {
            if (lists[row] is not { Length: > 0 } counts)
            {
                return null;
            }

            var density = 1 / (GeometryOf(plot, counts.Length).CellWidth * total.Number(row));
            return line with { Y = Array.ConvertAll(counts, count => count == 0 ? null : ReportLine.Rounded(count * density)) };
        };
    }

    /// <inheritdoc />
    protected override ReportPlot Complete(PlotDeclaration plot, ReportPlot gathered)
    {
        var x = GeometryOf(plot).Middles();
        return gathered with
        {
            XLabel = "standard deviations from the mean",
            X = x,
            Guides =
            [
                new ReportGuide("Gaussian", [.. x.Select(z => Normal.PDF(0, 1, z))]),
                new ReportGuide("logistic", [.. x.Select(Logistic)]),
            ],
        };
    }

    /// <inheritdoc />
    protected override Plot Panel(ReportPage page, ReportPlot plot, string title, IReadOnlyList<ReportLine> lines)
    {
        var panel = PanelDrawing.Empty(title, plot.XLabel, plot.Axis);
        var floor = lines.SelectMany(line => line.Y).Where(value => value > 0).Min() / 2;
        foreach (var line in lines)
        {
            var (x, y) = Steps(plot.X!, line.Y, plot.Log ? floor : 0);
            PanelDrawing.AddLine(panel, x, y, plot.Log, PanelDrawing.BlockColor(page, line), 1.2f);
        }

        PanelDrawing.AddGuides(panel, plot, lines);
        PanelDrawing.Finish(panel, plot.Log, lines.Count > 0, PanelDrawing.TickLabel);
        return panel;
    }

    /// <summary>The outline of bars: two points for each bin, at its ends; a bin without any value lies on the floor.</summary>
    /// <param name="middles">The middles of bins of one width.</param>
    /// <param name="heights">Their heights; null for none.</param>
    /// <param name="floor">Where a bar of height 0 is drawn: a logarithmic axis has no 0.</param>
    internal static (double[] X, double?[] Y) Steps(IReadOnlyList<double> middles, IReadOnlyList<double?> heights, double? floor)
    {
        var half = middles.Count > 1 ? (middles[1] - middles[0]) / 2 : 0.5;
        return (
            [.. middles.SelectMany(middle => new[] { middle - half, middle + half })],
            [.. heights.SelectMany(height => new[] { height ?? floor, height ?? floor })]);
    }

    // The logistic density of standard deviation 1: its scale is sqrt(3) / pi.
    private static double Logistic(double z)
    {
        var scale = Math.Sqrt(3) / Math.PI;
        var tail = Math.Exp(-Math.Abs(z) / scale);
        return tail / (scale * (1 + tail) * (1 + tail));
    }
}
