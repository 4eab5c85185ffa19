using System.Text;
using ScottPlot;
using SkiaSharp;

namespace PythiaOrleans.Reporting.Plots;

/// <summary>Panels under one headline, with what their colours and line styles stand for below, as PNG, SVG or PDF.</summary>
/// <param name="Headline">What is shown.</param>
/// <param name="Panels">The panels, row by row.</param>
internal sealed record PanelGrid(string Headline, Plot[] Panels)
{
    private const float PanelWidth = 420;
    private const float PanelShape = 0.786f; // height by width
    private const float LonePanelShape = 0.5f;
    private const int MaxColumns = 3;
    private const float HeadlineHeight = 40;
    private const float Margin = 14;
    private const float Gutter = 8; // a y label would touch the panel beside it, or the edge
    private const float LargestHeadline = 19;
    private const float PointsPerUnit = (float)(72 / PictureStyle.UnitsPerInch);

    /// <summary>What lines stand for; drawn below the panels.</summary>
    public IReadOnlyList<PictureKey> Keys { get; init; } = [];

    /// <summary>Whether colours say the depth of a block: then a colour bar stands below the panels.</summary>
    public bool ShowsDepth { get; init; }

    /// <summary>Whether a panel is a square picture, not a plot of lines.</summary>
    public bool IsSquare { get; init; }

    /// <summary>The size and the place that the picture is made for.</summary>
    public PictureStyle Style { get; init; } = new();

    // Rows of equal length: four panels are 2 + 2, not 3 + 1.
    private int Columns => (int)Math.Ceiling(Panels.Length / Math.Ceiling(Panels.Length / (double)MaxColumns));

    private int Rows => (Panels.Length + Columns - 1) / Columns;

    private float Width => (float)(Style.Width ?? (Panels.Length == 1 && !IsSquare ? 2 * PanelWidth : Columns * PanelWidth));

    private (float Width, float Height) PanelSize
    {
        get
        {
            var width = Width / Columns;
            return (width, width * (IsSquare ? 0.9f : Panels.Length == 1 ? LonePanelShape : PanelShape));
        }
    }

    private float Top => Style.IsForPaper ? 0 : HeadlineHeight;

    private PictureLegend Legend => new(Keys, ShowsDepth, Width - (2 * Margin), 12 * Style.LetterScale);

    private float Height => Top + (Rows * PanelSize.Height) + Legend.Height;

    /// <summary>The picture's file; SVG in UTF-8.</summary>
    public byte[] Draw(PictureFormat format)
    {
        using var file = new MemoryStream();
        switch (format)
        {
            case PictureFormat.Svg:
                using (var canvas = SKSvgCanvas.Create(new SKRect(0, 0, Width, Height), file))
                {
                    Draw(canvas, isVector: true);
                }

                // Without the XML declaration, so that it can stand inside a page.
                var svg = file.ToArray();
                return svg[svg.AsSpan().IndexOf("<svg"u8)..];
            case PictureFormat.Pdf:
                using (var document = SKDocument.CreatePdf(file))
                {
                    var canvas = document.BeginPage(Width * PointsPerUnit, Height * PointsPerUnit);
                    canvas.Scale(PointsPerUnit);
                    Draw(canvas, isVector: true);
                    document.EndPage();
                    document.Close();
                }

                break;
            default:
                return Png();
        }

        return file.ToArray();
    }

    /// <summary>Pixels.</summary>
    public byte[] Png()
    {
        var scale = (float)(Style.Dpi / PictureStyle.UnitsPerInch);
        var size = new SKImageInfo((int)Math.Round(Width * scale), (int)Math.Round(Height * scale));
        using var surface = SKSurface.Create(size) ?? throw new ArgumentException(
            $"A picture of {size.Width} x {size.Height} pixels is too large: ask for less with --width or --dpi.");
        surface.Canvas.Scale(scale);
        Draw(surface.Canvas, isVector: false);
        using var image = surface.Snapshot();
        using var png = image.Encode(SKEncodedImageFormat.Png, 90);
        return png.ToArray();
    }

    /// <summary>The same as text.</summary>
    public string Svg() => Encoding.UTF8.GetString(Draw(PictureFormat.Svg));

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

    private void Draw(SKCanvas canvas, bool isVector)
    {
        canvas.DrawRect(0, 0, Width, Height, new SKPaint { Color = SKColors.White });
        if (!Style.IsForPaper)
        {
            using var font = PanelDrawing.Font(LargestHeadline, isBold: true);
            font.Size *= Math.Min(1, (Width - (2 * Margin)) / font.MeasureText(Headline)); // as large as fits
            using var ink = new SKPaint { Color = SKColors.Black, IsAntialias = true };
            canvas.DrawText(Headline, Margin, 27, font, ink);
        }

        var (width, height) = PanelSize;
        for (var i = 0; i < Panels.Length; i++)
        {
            var (left, top) = (i % Columns * width, Top + (i / Columns * height));
            PanelDrawing.Fit(Panels[i], width, height, Style);
            Panels[i].RenderManager.ClearCanvasBeforeEachRender = false;
            var place = new PixelRect(left + Gutter, left + width, top + height, top);
            if (isVector)
            {
                // ScottPlot draws again where the limits of axes are not those of the time before; lines would lie over each other.
                using var nowhere = new SKNoDrawCanvas((int)Width, (int)Height);
                Panels[i].Render(nowhere, place);
            }

            Panels[i].Render(canvas, place);
        }

        Legend.Draw(canvas, Margin, Top + (Rows * height));
    }
}
