namespace PythiaOrleans.Cli.Display;

/// <summary>The kinds of files that an animation can be written as.</summary>
internal enum FilmFormat
{
    /// <summary>An animated PNG, which every browser plays.</summary>
    Png,

    /// <summary>An animated GIF, for slides and chats; at most 256 colours.</summary>
    Gif,

    /// <summary>A film; needs ffmpeg.</summary>
    Mp4,
}
