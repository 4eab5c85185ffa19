using PythiaOrleans.Reporting.Plots;

namespace PythiaOrleans.Cli.Display;

/// <summary>The kind of a picture's or a film's file: its ending says it, and no other is written under that name.</summary>
internal static class OutputFile
{
    private static readonly Dictionary<string, PictureFormat> Pictures = new(StringComparer.OrdinalIgnoreCase)
    {
        [".png"] = PictureFormat.Png,
        [".svg"] = PictureFormat.Svg,
        [".pdf"] = PictureFormat.Pdf,
    };

    private static readonly Dictionary<string, FilmFormat> Films = new(StringComparer.OrdinalIgnoreCase)
    {
        [".apng"] = FilmFormat.Png,
        [".png"] = FilmFormat.Png,
        [".gif"] = FilmFormat.Gif,
        [".mp4"] = FilmFormat.Mp4,
    };

    /// <summary>The format of a picture.</summary>
    /// <param name="file">Its name.</param>
    /// <param name="possible">What can be written; null for all formats.</param>
    /// <exception cref="ArgumentException">It has another ending; the message lists those that there are.</exception>
    public static PictureFormat FormatOf(string file, params PictureFormat[] possible) => Find(
        file, Pictures.Where(pair => possible.Length == 0 || possible.Contains(pair.Value)).ToDictionary(
            pair => pair.Key, pair => pair.Value, StringComparer.OrdinalIgnoreCase));

    /// <summary>The format of a film.</summary>
    /// <exception cref="ArgumentException">It has another ending; the message lists those that there are.</exception>
    public static FilmFormat FilmFormatOf(string file) => Find(file, Films);

    private static T Find<T>(string file, Dictionary<string, T> formats) => formats.TryGetValue(Path.GetExtension(file), out var format)
        ? format
        : throw new ArgumentException($"--out: expected a file that ends in {string.Join(" or ", formats.Keys)}, found '{file}'.");
}
