using System.Globalization;
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
    protected override Plot Panel(ReportPage page, ReportPlot plot, string title, IReadOnlyList<ReportLine> lines) =>
        PanelDrawing.WithGuide(page, plot, title, lines, value => value.ToString("0.##", CultureInfo.InvariantCulture));

    // The logistic density of standard deviation 1: its scale is sqrt(3) / pi.
    private static double Logistic(double z)
    {
        var scale = Math.Sqrt(3) / Math.PI;
        var tail = Math.Exp(-Math.Abs(z) / scale);
        return tail / (scale * (1 + tail) * (1 + tail));
    }
}
