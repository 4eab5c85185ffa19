using System.Globalization;
using System.Net;
using System.Text;
using ScottPlot;

namespace PythiaOrleans.Reporting.Plots;

/// <summary>Panels under one headline, as PNG or SVG.</summary>
internal sealed record PanelGrid(string Headline, Plot[] Panels)
{
    private const int PanelWidth = 420;
    private const int PanelHeight = 330;
    private const int MaxColumns = 3;
    private const int HeadlineHeight = 40;
    private const int HeadlineMargin = 14;
    private const float LargestHeadline = 19;

    private int Columns => Math.Min(MaxColumns, Panels.Length);

    private int Rows => (Panels.Length + Columns - 1) / Columns;

    private (int Width, int Height) PanelSize => Panels.Length == 1 ? (2 * PanelWidth, PanelHeight + 90) : (PanelWidth, PanelHeight);

    private (int Width, int Height) Size => (Columns * PanelSize.Width, (Rows * PanelSize.Height) + HeadlineHeight);

    /// <summary>The picture's file: SVG in UTF-8, or PNG.</summary>
    public byte[] Draw(bool isSvg) => isSvg ? Encoding.UTF8.GetBytes(Svg()) : Png();

    /// <summary>Pixels.</summary>
    public byte[] Png()
    {
        using var surface = SkiaSharp.SKSurface.Create(new SkiaSharp.SKImageInfo(Size.Width, Size.Height));
        surface.Canvas.Clear(SkiaSharp.SKColors.White);
        for (var i = 0; i < Panels.Length; i++)
        {
            using var panel = SkiaSharp.SKBitmap.Decode(Panels[i].GetImageBytes(PanelSize.Width, PanelSize.Height, ImageFormat.Png));
            var (x, y) = Place(i);
            surface.Canvas.DrawBitmap(panel, x, y);
        }

        using var font = HeadlineFont();
        using var ink = new SkiaSharp.SKPaint { Color = SkiaSharp.SKColors.Black, IsAntialias = true };
        surface.Canvas.DrawText(Headline, HeadlineMargin, 27, font, ink);
        using var image = surface.Snapshot();
        using var png = image.Encode(SkiaSharp.SKEncodedImageFormat.Png, 90);
        return png.ToArray();
    }

    /// <summary>Lines and words, for papers.</summary>
    public string Svg()
    {
        var svg = new StringBuilder();
        svg.Append("<svg xmlns=\"http://www.w3.org/2000/svg\" xmlns:xlink=\"http://www.w3.org/1999/xlink\"");
        svg.Append(CultureInfo.InvariantCulture, $" width=\"{Size.Width}\" height=\"{Size.Height}\">");
        svg.Append("<rect width=\"100%\" height=\"100%\" fill=\"white\"/>");
        using (var font = HeadlineFont())
        {
            svg.Append(
                CultureInfo.InvariantCulture,
                $"<text x=\"{HeadlineMargin}\" y=\"27\" font-family=\"{WebUtility.HtmlEncode(PanelDrawing.Face)}, sans-serif\"");
            svg.Append(
                CultureInfo.InvariantCulture,
                $" font-weight=\"bold\" font-size=\"{font.Size:0.##}\">{WebUtility.HtmlEncode(Headline)}</text>");
        }

        for (var i = 0; i < Panels.Length; i++)
        {
            var panel = Panels[i].GetSvgXml(PanelSize.Width, PanelSize.Height);
            var (x, y) = Place(i);
            svg.Append(CultureInfo.InvariantCulture, $"<g transform=\"translate({x} {y})\">")
                .Append(Apart(panel[panel.IndexOf("<svg", StringComparison.Ordinal)..], i))
                .Append("</g>");
        }

        return svg.Append("</svg>\n").ToString();
    }

    /// <summary>Gives pictures of one animation the same axes.</summary>
    public static void Align(IReadOnlyList<PanelGrid> pictures)
    {
        for (var panel = 0; panel < pictures[0].Panels.Length; panel++)
        {
            var limits = pictures.Select(picture =>
            {
                picture.Panels[panel].Axes.AutoScale();
                return picture.Panels[panel].Axes.GetLimits();
            }).ToArray();
            foreach (var picture in pictures)
            {
                picture.Panels[panel].Axes.SetLimits(limits.Min(limit => limit.Left), limits.Max(
                    limit => limit.Right), limits.Min(limit => limit.Bottom), limits.Max(limit => limit.Top));
            }
        }
    }

    // Each panel numbers its clip paths from zero: in one file they would be each other's.
    private static string Apart(string svg, int panel) => svg.Replace("id=\"", $"id=\"p{panel}-", StringComparison.Ordinal)
        .Replace("url(#", $"url(#p{panel}-", StringComparison.Ordinal).Replace("href=\"#", $"href=\"#p{panel}-", StringComparison.Ordinal);

    // As large as fits.
    private SkiaSharp.SKFont HeadlineFont()
    {
        var font = new SkiaSharp.SKFont(Fonts.GetTypeface(PanelDrawing.Face, bold: true, italic: false), LargestHeadline);
        font.Size *= Math.Min(1, (Size.Width - (2 * HeadlineMargin)) / font.MeasureText(Headline));
        return font;
    }

    private (int X, int Y) Place(int panel) => (panel % Columns * PanelSize.Width, HeadlineHeight + (panel / Columns * PanelSize.Height));
}
