using MathNet.Numerics.Distributions;
using PythiaOrleans.Core.Descriptions;
using PythiaOrleans.Core.Tables;
using ScottPlot;

namespace PythiaOrleans.Reporting.Plots;

/// <summary>Quantiles in standard deviations, against those of the Gaussian.</summary>
internal sealed class QuantilesKind : FrameKind
{
    // A page cannot hold all of them: the outermost eight on either side, and of the others one in four.
    private const int Outermost = 8;
    private const int Every = 4;

    /// <inheritdoc />
    public override string Name => PlotKind.Quantiles.Name;

    /// <inheritdoc />
    protected override IReadOnlyCollection<string> OtherColumns => ["mean", "std"];

    /// <inheritdoc />
    protected override Func<int, ReportLine, ReportLine?> Reader(ResultTable table, PlotDeclaration plot)
    {
        var (lists, means, deviations) = (table.Read<double[]?>(plot.Column), table["mean"], table["std"]);
        return (row, line) =>
        {
            var (mean, deviation) = (means.Number(row), deviations.Number(row));
            if (lists[row] is not { Length: > 0 } quantiles || !(deviation > 0))
            {
                return null;
            }

            var places = Places(GeometryOf(plot, quantiles.Length).Count);
            return line with { Y = [.. places.Select(place => ReportLine.Rounded((quantiles[place] - mean) / deviation))] };
        };
    }

    /// <inheritdoc />
    protected override ReportPlot Complete(PlotDeclaration plot, ReportPlot gathered)
    {
        var geometry = GeometryOf(plot);
        double[] probabilities = [.. Places(geometry.Count).Select(geometry.Middle)];
        double[] x = [.. probabilities.Select(p => Normal.InvCDF(0, 1, p))];
        return gathered with
        {
            XLabel = "Gaussian quantile",
            X = x,
            Guides =
            [
                new ReportGuide("Gaussian", x),
                // Of standard deviation 1.
                new ReportGuide("logistic", [.. probabilities.Select(p => Math.Sqrt(3) / Math.PI * Math.Log(p / (1 - p)))]),
            ],
        };
    }

    /// <inheritdoc />
    protected override Plot Panel(ReportPage page, ReportPlot plot, string title, IReadOnlyList<ReportLine> lines) =>
        PanelDrawing.WithGuides(page, plot, title, lines);

    private static IEnumerable<int> Places(int count) =>
        Enumerable.Range(0, count).Where(i => i < Outermost || i >= count - Outermost || i % Every == 0);
}
