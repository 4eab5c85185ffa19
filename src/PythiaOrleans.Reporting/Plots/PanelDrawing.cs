using System.Globalization;
using ScottPlot;

namespace PythiaOrleans.Reporting.Plots;

/// <summary>What panels of all kinds are drawn with: lines, colours, axes.</summary>
internal static class PanelDrawing
{
    private const float TitleSize = 14;
    private const float LetterSize = 12;

    /// <summary>Where the colour scale of blocks ends: what is lighter has less than 3 : 1 against white.</summary>
    private const double LightestDepth = 0.6;

    private static readonly IColormap Depth = new ScottPlot.Colormaps.Plasma();

    // After Okabe and Ito, so that they are told apart with any colour vision; each has at least 3 : 1 against white and against the
    // page's dark background (WCAG 2.2, 1.4.11). The page and the web page have the same colours.
    private static readonly Color[] ModelColors =
    [
        .. new[] { "#0072B2", "#B87A00", "#009E73", "#D55E00", "#C4609A", "#3D8FD1", "#808489", "#8A7A00" }
            .Select(hex => Color.FromHex(hex)),
    ];

    // In the order of models: colour is never the only difference.
    private static readonly LinePattern[] ModelPatterns =
    [
        LinePattern.Solid, Dashes(7, 3), Dashes(2, 2), Dashes(8, 3, 2, 3), Dashes(12, 4), Dashes(4, 2), Dashes(12, 3, 2, 3, 2, 3),
        Dashes(1, 3),
    ];

    private static readonly LinePattern[] GuidePatterns = [Dashes(6, 4), Dashes(2, 3)];

    /// <summary>The typeface: the first that the machine has; what ScottPlot takes by itself on Linux may have serifs.</summary>
    public static string Face { get; } = new[] { "DejaVu Sans", "Liberation Sans", "Noto Sans", "Arial", "Helvetica" }
        .Intersect(SkiaSharp.SKFontManager.Default.FontFamilies)
        .FirstOrDefault(Fonts.Default);

    public static Color ModelColor(int model) => ModelColors[model % ModelColors.Length];

    /// <summary>The dashes of a model's lines.</summary>
    public static LinePattern ModelPattern(int model) => ModelPatterns[model % ModelPatterns.Length];

    /// <summary>What the lines of a page's models look like.</summary>
    public static IReadOnlyList<PictureKey> ModelKeys(ReportPage page) =>
        [.. page.Models.Select((model, index) => new PictureKey(model.Name, ModelColor(index), ModelPattern(index)))];

    /// <summary>What the lines of comparison look like.</summary>
    public static IReadOnlyList<PictureKey> GuideKeys(ReportPlot plot) =>
        [.. (plot.Guides ?? []).Select((guide, index) => new PictureKey(guide.Name, Colors.Black, GuidePattern(index)))];

    public static Color BlockColor(ReportPage page, ReportLine line) =>
        DepthColor(line.Block ?? 0, page.Models[line.Model].Blocks);

    /// <summary>The colour of one of so many blocks: dark first, light last.</summary>
    public static Color DepthColor(int block, int blocks) => Depth.GetColor(LightestDepth * block / Math.Max(1, blocks - 1));

    /// <summary>Letters of a picture.</summary>
    public static SkiaSharp.SKFont Font(float size, bool isBold) => new(Fonts.GetTypeface(Face, isBold, italic: false), size);

    /// <summary>Whether a line has anything to draw.</summary>
    public static bool HasValues(ReportLine line, bool log) => line.Y.Any(value => value is { } number && (!log || number > 0));

    /// <summary>A panel of lines over the plot's x axis, with the lines that they are compared with.</summary>
    public static Plot WithGuides(ReportPage page, ReportPlot declared, string title, IReadOnlyList<ReportLine> lines)
    {
        var plot = Empty(title, declared.XLabel, declared.Axis);
        var (x, log) = (declared.X!.ToArray(), declared.Log);
        foreach (var line in lines)
        {
            AddLine(plot, x, line.Y, log, BlockColor(page, line), 1.2f);
        }

        AddGuides(plot, declared, lines);
        Finish(plot, log, lines.Count > 0, TickLabel);
        return plot;
    }

    /// <summary>Adds a plot's lines of comparison, as far as they do not stretch the axis far below what was measured.</summary>
    public static void AddGuides(Plot plot, ReportPlot declared, IReadOnlyList<ReportLine> lines)
    {
        if (lines.Count == 0)
        {
            return;
        }

        var lowest = declared.Log
            ? lines.SelectMany(line => line.Y).Where(value => value > 0).Min() / 2 ?? double.PositiveInfinity
            : double.NegativeInfinity;
        foreach (var (guide, index) in declared.Guides!.Select((guide, index) => (guide, index)))
        {
            AddGuide(plot, [.. declared.X!], [.. guide.Y.Select(value => value < lowest ? (double?)null : value)], declared.Log, index);
        }
    }

    /// <summary>Adds a line of comparison, the first one dashed, the second one dotted.</summary>
    public static void AddGuide(Plot plot, double[] x, IReadOnlyList<double?> y, bool log, int index = 0)
    {
        if (AddLine(plot, x, y, log, Colors.Black, 1.2f) is { } guide)
        {
            guide.LinePattern = GuidePattern(index);
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
        plot.Title(title, TitleSize);
        plot.XLabel(xLabel, LetterSize);
        plot.YLabel(yLabel, LetterSize);
        plot.Axes.Bottom.Label.Bold = plot.Axes.Left.Label.Bold = false;
        plot.Font.Set(Face);
        return plot;
    }

    /// <summary>Gives a panel its ticks, or says that nothing was measured.</summary>
    public static void Finish(Plot plot, bool log, bool any, Func<double, string> xLabel, bool isLogX = false)
    {
        if (!any)
        {
            plot.Add.Annotation("not measured yet", Alignment.MiddleCenter);
            return;
        }

        plot.Axes.Bottom.TickGenerator = new TidyTicks(isLogX, xLabel);
        plot.Axes.Left.TickGenerator = new TidyTicks(log, TickLabel);
    }

    /// <summary>Makes a panel's letters as large as its size and its place allow: none is cut off.</summary>
    /// <param name="plot">The panel.</param>
    /// <param name="width">Its width in the picture.</param>
    /// <param name="height">Its height.</param>
    /// <param name="style">What the picture is made for.</param>
    public static void Fit(Plot plot, float width, float height, PictureStyle style)
    {
        var (bottom, left) = (plot.Axes.Bottom, plot.Axes.Left);
        plot.Axes.Title.Label.FontSize = Fitting(plot.Axes.Title.Label, TitleSize * style.LetterScale, 0.86f * width);
        bottom.Label.FontSize = Fitting(bottom.Label, LetterSize * style.LetterScale, 0.8f * width);
        foreach (var axis in new[] { left, plot.Axes.Right })
        {
            axis.Label.FontSize = Fitting(axis.Label, LetterSize * style.LetterScale, 0.72f * height);
        }

        foreach (var axis in new IAxis[] { bottom, left, plot.Axes.Right })
        {
            axis.TickLabelStyle.FontSize = LetterSize * style.LetterScale;
        }

        // A label touched the picture's edge without it.
        left.MinimumSize = 62 * style.LetterScale;
        if (style.IsForPaper)
        {
            plot.Axes.Top.IsVisible = false;
            plot.Axes.Right.FrameLineStyle.IsVisible = plot.Axes.Right.Label.Text.Length > 0;
            plot.Grid.MajorLineColor = Colors.Transparent;
        }
    }

    /// <summary>A step as a tick label: 20k.</summary>
    public static string StepLabel(double step) => step >= 10_000
        ? string.Create(CultureInfo.InvariantCulture, $"{step / 1000:0.#}k")
        : step.ToString("0.###", CultureInfo.InvariantCulture);

    /// <summary>A value as a tick label.</summary>
    public static string TickLabel(double value) => value == 0 || Math.Abs(value) is >= 1e-3 and < 1e5
        ? value.ToString("0.######", CultureInfo.InvariantCulture)
        : value.ToString("0.##e0", CultureInfo.InvariantCulture);

    private static LinePattern GuidePattern(int index) => GuidePatterns[index % GuidePatterns.Length];

    private static LinePattern Dashes(params float[] intervals) => new(intervals, 0, "dashes");

    private static float Fitting(LabelStyle label, float size, float room)
    {
        if (label.Text.Length == 0)
        {
            return size;
        }

        using var font = Font(size, label.Bold);
        return size * Math.Min(1, room / font.MeasureText(label.Text));
    }
}
