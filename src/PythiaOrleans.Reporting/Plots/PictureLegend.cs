using ScottPlot;
using SkiaSharp;

namespace PythiaOrleans.Reporting.Plots;

/// <summary>The rows below a picture's panels that say what line styles and colours stand for.</summary>
/// <param name="Keys">The line styles.</param>
/// <param name="ShowsDepth">Whether a bar says that colours are the depth of a block.</param>
/// <param name="Width">The room for a row.</param>
/// <param name="FontSize">The height of its letters.</param>
internal sealed record PictureLegend(IReadOnlyList<PictureKey> Keys, bool ShowsDepth, float Width, float FontSize)
{
    private const string First = "first block";
    private const string Last = "last block";
    private const float Sample = 26;
    private const float Gap = 6;
    private const float Bar = 120;
    private const int BarCells = 40;

    private float RowHeight => FontSize * 1.7f;

    /// <summary>The height of all rows, with a margin below; 0 where there is nothing to say.</summary>
    public float Height => Keys.Count == 0 && !ShowsDepth ? 0 : (Places().Max(place => place.Row) + 1.4f) * RowHeight;

    /// <summary>Draws the rows.</summary>
    /// <param name="canvas">The picture.</param>
    /// <param name="left">The left end of the rows.</param>
    /// <param name="top">The upper end of the first row.</param>
    public void Draw(SKCanvas canvas, float left, float top)
    {
        using var font = PanelDrawing.Font(FontSize, isBold: false);
        using var ink = new SKPaint { Color = SKColors.Black, IsAntialias = true };
        foreach (var (key, row, x) in Places())
        {
            var (start, middle) = (left + x, top + ((row + 0.5f) * RowHeight));
            var baseline = middle + (FontSize * 0.36f);
            if (key is null)
            {
                var word = font.MeasureText(First);
                canvas.DrawText(First, start, baseline, font, ink);
                DrawBar(canvas, start + word + Gap, middle);
                canvas.DrawText(Last, start + word + Bar + (2 * Gap), baseline, font, ink);
                continue;
            }

            using var line = new SKPaint
            {
                Color = new SKColor(key.Color.R, key.Color.G, key.Color.B),
                IsStroke = true,
                StrokeWidth = 1.8f,
                IsAntialias = true,
                PathEffect = key.Pattern.Intervals.Length == 0 ? null : SKPathEffect.CreateDash(key.Pattern.Intervals, 0),
            };
            canvas.DrawLine(start, middle, start + Sample, middle, line);
            canvas.DrawText(key.Text, start + Sample + Gap, baseline, font, ink);
        }
    }

    private void DrawBar(SKCanvas canvas, float left, float middle)
    {
        for (var cell = 0; cell < BarCells; cell++)
        {
            var color = PanelDrawing.DepthColor(cell, BarCells);
            using var fill = new SKPaint { Color = new SKColor(color.R, color.G, color.B) };
            var width = Bar / BarCells;
            canvas.DrawRect(left + (cell * width), middle - (FontSize * 0.4f), width + 0.5f, FontSize * 0.8f, fill);
        }
    }

    // The bar, then the keys, in as many rows as they need; a null key is the bar.
    private List<(PictureKey? Key, int Row, float X)> Places()
    {
        using var font = PanelDrawing.Font(FontSize, isBold: false);
        var places = new List<(PictureKey?, int, float)>();
        var (row, x) = (0, 0f);
        foreach (var key in ShowsDepth ? Keys.Prepend<PictureKey?>(null) : Keys)
        {
            var width = key is null
                ? font.MeasureText(First) + Bar + font.MeasureText(Last) + (2 * Gap)
                : Sample + Gap + font.MeasureText(key.Text);
            if (x > 0 && x + width > Width)
            {
                (row, x) = (row + 1, 0);
            }

            places.Add((key, row, x));
            x += width + (4 * Gap);
        }

        return places;
    }
}
