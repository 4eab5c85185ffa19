namespace PythiaOrleans.Cli.Display;

/// <summary>The kind of a picture's file, by its ending.</summary>
internal static class OutputFile
{
    /// <summary>Whether the file is to be SVG, not PNG.</summary>
    /// <exception cref="ArgumentException">It is to be neither.</exception>
    public static bool IsSvg(string file) => Path.GetExtension(file).ToUpperInvariant() switch
    {
        ".SVG" => true,
        ".PNG" => false,
        _ => throw new ArgumentException($"--out: expected a file that ends in .png or .svg, found '{file}'."),
    };
}
