using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using PythiaOrleans.Reporting.Report;

namespace PythiaOrleans.Cli.Display;

/// <summary>Writes frames as an animation.</summary>
internal static class Film
{
    private const string Program = "ffmpeg";

    /// <summary>Says before hours of work that the program that writes a format is missing.</summary>
    /// <exception cref="InvalidOperationException">The format needs ffmpeg, and there is none.</exception>
    public static void Require(FilmFormat format)
    {
        var folders = Environment.GetEnvironmentVariable("PATH")?.Split(Path.PathSeparator) ?? [];
        string[] names = [Program, $"{Program}.exe"];
        if (format == FilmFormat.Mp4 && !folders.Any(folder => names.Any(name => File.Exists(Path.Combine(folder, name)))))
        {
            throw Missing(null);
        }
    }

    /// <summary>Writes a file.</summary>
    /// <param name="frames">PNG files of one size.</param>
    /// <param name="framesPerSecond">From 1.</param>
    /// <param name="file">The file.</param>
    /// <param name="format">What its ending says.</param>
    /// <param name="cancellationToken">Stops the writing.</param>
    /// <exception cref="InvalidOperationException">ffmpeg is missing or failed; the message says what it said.</exception>
    public static Task WriteAsync(
        IReadOnlyList<byte[]> frames, int framesPerSecond, string file, FilmFormat format, CancellationToken cancellationToken) =>
        format switch
        {
            FilmFormat.Mp4 => FilmAsync(frames, framesPerSecond, file, cancellationToken),
            FilmFormat.Gif => File.WriteAllBytesAsync(file, PlotExporter.AnimateGif(frames, framesPerSecond), cancellationToken),
            _ => File.WriteAllBytesAsync(file, PlotExporter.AnimatePng(frames, framesPerSecond), cancellationToken),
        };

    private static async Task FilmAsync(IReadOnlyList<byte[]> frames, int framesPerSecond, string file, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo(Program,
        [
            "-loglevel", "error", "-y", "-f", "image2pipe", "-framerate", framesPerSecond.ToString(CultureInfo.InvariantCulture), "-c:v",
            "png", "-i", "-",
            "-pix_fmt", "yuv420p", "-vf", "pad=ceil(iw/2)*2:ceil(ih/2)*2", Path.GetFullPath(file),
        ])
        {
            RedirectStandardInput = true,
            RedirectStandardError = true,
        };
        using var ffmpeg = Start(start);
        var errors = ffmpeg.StandardError.ReadToEndAsync(cancellationToken);
        foreach (var frame in frames)
        {
            await ffmpeg.StandardInput.BaseStream.WriteAsync(frame, cancellationToken);
        }

        ffmpeg.StandardInput.Close();
        await ffmpeg.WaitForExitAsync(cancellationToken);
        if (ffmpeg.ExitCode != 0)
        {
            throw new InvalidOperationException($"ffmpeg could not write {file}: {await errors}");
        }
    }

    private static Process Start(ProcessStartInfo start)
    {
        try
        {
            return Process.Start(start)!;
        }
        catch (Win32Exception error)
        {
            throw Missing(error);
        }
    }

    private static InvalidOperationException Missing(Exception? cause) => new(
        "MP4 needs ffmpeg, which is not installed. Install the package ffmpeg, or write another kind: --out NAME.gif or NAME.apng.", cause);
}
