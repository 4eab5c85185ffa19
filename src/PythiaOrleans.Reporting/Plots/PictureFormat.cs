namespace PythiaOrleans.Reporting.Plots;

/// <summary>The kinds of files that a picture can be written as.</summary>
public enum PictureFormat
{
    /// <summary>Pixels.</summary>
    Png,

    /// <summary>Lines and words in XML, for web pages and for editing.</summary>
    Svg,

    /// <summary>Lines and words on one page of the picture's size, for papers.</summary>
    Pdf,
}
