namespace PythiaOrleans.Reporting.Plots;

/// <summary>How large a picture is, and for which place it is made.</summary>
public sealed record PictureStyle
{
    /// <summary>One unit of <see cref="Width"/> is a pixel at this resolution: 1/96 inch, as in CSS and SVG.</summary>
    public const double UnitsPerInch = 96;

    /// <summary>Two columns of a paper: 7 inches.</summary>
    private const double PaperWidth = 7 * UnitsPerInch;

    private const double PaperDpi = 300;

    /// <summary>The width in units of 1/96 inch; null takes what the panels need.</summary>
    public double? Width { get; init; }

    /// <summary>Pixels per inch of a PNG.</summary>
    public double Dpi { get; init; } = UnitsPerInch;

    /// <summary>For a paper: no headline, which the caption says, smaller letters, and axes on two sides only.</summary>
    public bool IsForPaper { get; init; }

    /// <summary>A figure of a paper, 7 inches wide at 300 pixels per inch where nothing else is asked for.</summary>
    public static PictureStyle Paper(double? width, double? dpi) =>
        new() { Width = width ?? PaperWidth, Dpi = dpi ?? PaperDpi, IsForPaper = true };

    /// <summary>The size of letters, compared with those of a screen.</summary>
    internal float LetterScale => IsForPaper ? 0.78f : 1;
}
