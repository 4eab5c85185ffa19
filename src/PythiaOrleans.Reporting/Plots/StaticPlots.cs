using System.Globalization;
using MathNet.Numerics.Distributions;
using PythiaOrleans.Reporting.Findings;
using ScottPlot;

namespace PythiaOrleans.Reporting.Plots;

/// <summary>The report's plots as pictures: the panels of all models side by side, blocks coloured by depth.</summary>
internal static class StaticPlots
{
    private static readonly IColormap Depth = new ScottPlot.Colormaps.Viridis();

    // The first that the machine has; what ScottPlot takes by itself on Linux may have serifs.
    internal static readonly string Face =
        new[] { "DejaVu Sans", "Liberation Sans", "Noto Sans", "Arial", "Helvetica" }.Intersect(SkiaSharp.SKFontManager.Default.FontFamilies).FirstOrDefault(Fonts.Default);

    // Okabe and Ito's palette: told apart with any colour vision.
    private static readonly Color[] ModelColors =
        [.. new[] { "#0072B2", "#E69F00", "#009E73", "#D55E00", "#CC79A7", "#56B4E9", "#999999", "#B8A800" }.Select(hex => Color.FromHex(hex))];

    /// <summary>Whether this machine can write: without any font the pictures come out without a word.</summary>
    public static bool HaveFonts => SkiaSharp.SKFontManager.Default.FontFamilyCount > 0;

    /// <summary>One picture for every plot and component that has values, drawn one by one.</summary>
    public static IEnumerable<(string Name, byte[] Png)> Draw(ReportPage page) =>
        from section in page.Sections
        from plot in section.Plots
        where Draws(plot)
        from still in plot.Kind == "series" ? SeriesStills(page, plot) : FrameStills(page, plot)
        select still;

    /// <summary>Whether a plot can be a picture of its own.</summary>
    public static bool Draws(ReportPlot plot) => plot.Kind is "series" or "histogram" or "quantiles" or "spectrum";

    /// <summary>The panels of a series, models side by side.</summary>
    public static PanelGrid SeriesPicture(ReportPage page, ReportPlot plot, ReportGroup group)
    {
        var panels = group.InBlocks
            ? page.Models.Select((model, index) => Panel(
                page, plot, model.Name, index, [.. group.Lines!.Where(line => line.Model == index)], line => BlockColor(page, line), false))
            : [Panel(page, plot, "all models", 0, group.Lines!, line => ModelColors[line.Model % ModelColors.Length], true)];
        return new PanelGrid(Headline(plot, group, null), [.. panels]);
    }

    /// <summary>The panels of one step of a distribution or spectrum.</summary>
    public static PanelGrid FramePicture(ReportPage page, ReportPlot plot, ReportGroup group, ReportFrame frame) => new(
        Headline(plot, group, frame.Step),
        [.. page.Models.Select((model, index) => FramePanel(page, plot, model.Name, [.. frame.Lines.Where(line => line.Model == index)]))]);

    private static IEnumerable<(string Name, byte[] Png)> SeriesStills(ReportPage page, ReportPlot plot) => plot.Groups
        .Where(group => group.Lines!.Any(line => HasValues(line, plot.Log)))
        .Select(group => (FileName(plot, group, null), SeriesPicture(page, plot, group).Png()));

    private static IEnumerable<(string Name, byte[] Png)> FrameStills(ReportPage page, ReportPlot plot)
    {
        foreach (var group in plot.Groups)
        {
            // The first, the middle and the last of the slider's stops: a start, a change and an end.
            foreach (var frame in new[] { group.Frames![0], group.Frames[group.Frames.Count / 2], group.Frames[^1] }.Distinct())
            {
                yield return (FileName(plot, group, frame.Step), FramePicture(page, plot, group, frame).Png());
            }
        }
    }

    private static Plot Panel(ReportPage page, ReportPlot declared, string title, int model, IReadOnlyList<ReportLine> lines, Func<ReportLine, Color> color, bool legend)
    {
        var plot = Empty(title, "step", declared.Axis);
        var x = page.Models[model].Steps.Select(step => (double)step).ToArray();
        foreach (var line in lines)
        {
            var added = AddLine(plot, x, line.Y, declared.Log, color(line), 1.4f);
            if (legend && added is not null)
            {
                added.LegendText = page.Models[line.Model].Name;
            }
        }

        if (legend)
        {
            plot.ShowLegend(Edge.Right);
        }

        Finish(plot, declared.Log, lines.Any(line => HasValues(line, declared.Log)), StepLabel);
        return plot;
    }

    private static Plot FramePanel(ReportPage page, ReportPlot declared, string title, IReadOnlyList<ReportLine> lines)
    {
        var (histogram, spectrum) = (declared.Kind == "histogram", declared.Kind == "spectrum");
        var plot = Empty(title, histogram ? "standard deviations from the mean" : spectrum ? "rank" : "Gaussian quantile", declared.Axis);
        var log = (histogram || spectrum) && declared.Log;
        var x = histogram ? HistogramX() : spectrum ? RankX(lines) : QuantileX();
        foreach (var line in lines)
        {
            AddLine(plot, x[..line.Y.Count], line.Y, log, BlockColor(page, line), 1.2f);
        }

        if (lines.Count > 0 && !spectrum)
        {
            // The guides must not stretch the axes far below what was measured.
            var lowest = log ? lines.SelectMany(line => line.Y).Where(value => value > 0).Min()!.Value / 2 : double.NegativeInfinity;
            var gaussian = AddLine(plot, x, [.. x.Select(z => Guide(histogram ? Normal.PDF(0, 1, z) : z, lowest))], log, Colors.Black, 1.2f);
            gaussian!.LinePattern = LinePattern.Dashed;
        }
        else if (lines.Count > 0)
        {
            double?[] edge = [CurveStatistics.Median(lines.Select(line => line.Edge).OfType<double>()), CurveStatistics.Median(lines.Select(line => line.Edge).OfType<double>())];
            if (AddLine(plot, [x[0], x[^1]], edge, log, Colors.Black, 1.2f) is { } limit)
            {
                limit.LinePattern = LinePattern.Dashed;
            }
        }

        Finish(plot, log, lines.Count > 0, spectrum ? Power : value => value.ToString("0.##", CultureInfo.InvariantCulture));
        return plot;
    }

    private static double? Guide(double value, double lowest) => value < lowest ? null : value;

    private static ScottPlot.Plottables.Scatter? AddLine(Plot plot, double[] x, IReadOnlyList<double?> y, bool log, Color color, float width)
    {
        var values = y.Select(value => value is not { } number || (log && number <= 0) ? double.NaN : log ? Math.Log10(number) : number).ToArray();
        if (Array.TrueForAll(values, double.IsNaN))
        {
            return null;
        }

        var line = plot.Add.ScatterLine(x, values, color);
        line.LineWidth = width;
        return line;
    }

    private static Plot Empty(string title, string xLabel, string yLabel)
    {
        var plot = new Plot();
        plot.Title(title, 14);
        plot.XLabel(xLabel, 12);
        plot.YLabel(yLabel, 12);
        plot.Axes.Bottom.Label.Bold = plot.Axes.Left.Label.Bold = false;
        plot.Font.Set(Face);
        return plot;
    }

    private static void Finish(Plot plot, bool log, bool any, Func<double, string> xLabel)
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

    private static string StepLabel(double step) => step >= 10_000
        ? string.Create(CultureInfo.InvariantCulture, $"{step / 1000:0.#}k")
        : step.ToString("0", CultureInfo.InvariantCulture);

    private static string Power(double exponent)
    {
        var value = Math.Pow(10, exponent);
        return value is >= 1e-3 and < 1e5 ? value.ToString("G2", CultureInfo.InvariantCulture) : value.ToString("0.#e0", CultureInfo.InvariantCulture);
    }

    private static Color BlockColor(ReportPage page, ReportLine line) =>
        Depth.GetColor(0.92 * (line.Block ?? 0) / Math.Max(1, page.Models[line.Model].Blocks - 1)); // the palest yellow would vanish on white

    private static bool HasValues(ReportLine line, bool log) => line.Y.Any(value => value is { } number && (!log || number > 0));

    private static string Headline(ReportPlot plot, ReportGroup group, int? step) =>
        $"{plot.Title}: {group.Name}{(step is { } at ? $", step {at}" : "")}{(group.InBlocks ? " (dark: first block, light: last block)" : "")}";

    private static string FileName(ReportPlot plot, ReportGroup group, int? step) =>
        $"{plot.Id}-{group.Name.Replace(' ', '-')}{(step is { } at ? $"-step{at}" : "")}";

    private static double[] RankX(IReadOnlyList<ReportLine> lines) =>
        [.. FrameLine.Ranks(int.MaxValue).Take(lines.Select(line => line.Y.Count).DefaultIfEmpty().Max()).Select(rank => Math.Log10(rank))];

    private static double[] HistogramX() => [.. Enumerable.Range(0, 201).Select(i => -8 + (16 * (i + 0.5) / 201))];

    private static double[] QuantileX() => [.. FrameLine.QuantilePlaces(513).Select(i => Normal.InvCDF(0, 1, (i + 0.5) / 513))];
}
