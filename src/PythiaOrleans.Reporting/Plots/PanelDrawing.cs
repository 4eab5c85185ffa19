using System.Globalization;
using ScottPlot;

namespace PythiaOrleans.Reporting.Plots;

/// <summary>What panels of all kinds are drawn with: lines, colours, axes.</summary>
internal static class PanelDrawing
{
    private static readonly IColormap Depth = new ScottPlot.Colormaps.Viridis();

    // Okabe and Ito's palette: told apart with any colour vision.
    private static readonly Color[] ModelColors =
    [
        .. new[] { "#0072B2", "#E69F00", "#009E73", "#D55E00", "#CC79A7", "#56B4E9", "#999999", "#B8A800" }
            .Select(hex => Color.FromHex(hex)),
    ];

    /// <summary>The typeface: the first that the machine has; what ScottPlot takes by itself on Linux may have serifs.</summary>
    public static string Face { get; } = new[] { "DejaVu Sans", "Liberation Sans", "Noto Sans", "Arial", "Helvetica" }
        .Intersect(SkiaSharp.SKFontManager.Default.FontFamilies)
        .FirstOrDefault(Fonts.Default);

    public static Color ModelColor(int model) => ModelColors[model % ModelColors.Length];

    // The palest yellow would vanish on white.
    public static Color BlockColor(ReportPage page, ReportLine line) =>
        DepthColor(line.Block ?? 0, page.Models[line.Model].Blocks);

    /// <summary>The colour of one of so many blocks: dark first, light last.</summary>
    public static Color DepthColor(int block, int blocks) => Depth.GetColor(0.92 * block / Math.Max(1, blocks - 1));

    /// <summary>Whether a line has anything to draw.</summary>
    public static bool HasValues(ReportLine line, bool log) => line.Y.Any(value => value is { } number && (!log || number > 0));

    /// <summary>A panel of lines over the plot's x axis, with the first of its lines of comparison.</summary>
    public static Plot WithGuide(
        ReportPage page, ReportPlot declared, string title, IReadOnlyList<ReportLine> lines, Func<double, string> xLabel)
    {
        var plot = Empty(title, declared.XLabel, declared.Axis);
        var (x, log) = (declared.X!.ToArray(), declared.Log);
        foreach (var line in lines)
        {
            AddLine(plot, x, line.Y, log, BlockColor(page, line), 1.2f);
        }

        if (lines.Count > 0)
        {
            // The comparison must not stretch the axis far below what was measured.
            var lowest = log ? lines.SelectMany(line => line.Y).Where(value => value > 0).Min()!.Value / 2 : double.NegativeInfinity;
            AddGuide(plot, x, [.. declared.Guides![0].Y.Select(value => value < lowest ? (double?)null : value)], log);
        }

        Finish(plot, log, lines.Count > 0, xLabel);
        return plot;
    }

    /// <summary>Adds a dashed line of comparison.</summary>
    public static void AddGuide(Plot plot, double[] x, IReadOnlyList<double?> y, bool log)
    {
        if (AddLine(plot, x, y, log, Colors.Black, 1.2f) is { } guide)
        {
            guide.LinePattern = LinePattern.Dashed;
        }
    }

    /// <summary>Adds a line; null where it has nothing to draw.</summary>
    public static ScottPlot.Plottables.Scatter? AddLine(Plot plot, double[] x, IReadOnlyList<double?> y, bool log, Color color, float width)
    {
        var values =
            y.Select(value => value is not { } number || (log && number <= 0) ? double.NaN : log ? Math.Log10(number) : number).ToArray();
        if (Array.TrueForAll(values, double.IsNaN))
        {
            return null;
        }

        var line = plot.Add.ScatterLine(x, values, color);
        line.LineWidth = width;
        return line;
    }

    /// <summary>A panel with its labels.</summary>
    public static Plot Empty(string title, string xLabel, string yLabel)
    {
        var plot = new Plot();
        plot.Title(title, 14);
        plot.XLabel(xLabel, 12);
        plot.YLabel(yLabel, 12);
        plot.Axes.Bottom.Label.Bold = plot.Axes.Left.Label.Bold = false;
        plot.Font.Set(Face);
        return plot;
    }

    /// <summary>Gives a panel its ticks, or says that nothing was measured.</summary>
    public static void Finish(Plot plot, bool log, bool any, Func<double, string> xLabel)
    {
        if (!any)
        {
            plot.Add.Annotation("not measured yet", Alignment.MiddleCenter);
            return;
        }

        plot.Axes.Bottom.TickGenerator = new ScottPlot.TickGenerators.NumericAutomatic { LabelFormatter = xLabel, TargetTickCount = 5 };
        if (log)
        {
            plot.Axes.Left.TickGenerator = new ScottPlot.TickGenerators.NumericAutomatic { LabelFormatter = Power, TargetTickCount = 6 };
        }
    }

    /// <summary>A step as a tick label: 20k.</summary>
    public static string StepLabel(double step) => step >= 10_000
        ? string.Create(CultureInfo.InvariantCulture, $"{step / 1000:0.#}k")
        : step.ToString("0", CultureInfo.InvariantCulture);

    /// <summary>The label of a tick at a power of ten.</summary>
    public static string Power(double exponent)
    {
        var value = Math.Pow(10, exponent);
        return value is >= 1e-3 and < 1e5
            ? value.ToString("G2", CultureInfo.InvariantCulture)
            : value.ToString("0.#e0", CultureInfo.InvariantCulture);
    }
}
