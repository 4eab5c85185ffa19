using System.CommandLine;
using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using PythiaOrleans.Cli.Display;
using PythiaOrleans.Reporting.Report;

namespace PythiaOrleans.Cli.Commands;

/// <summary><c>pythia animate</c>: a distribution, QQ plot or spectrum along training.</summary>
internal static class AnimateCommand
{
    public static Command Create()
    {
        var choice = new PlotChoice();
        var rate = new Option<int>("--fps") { Description = "Frames a second. Default: 6.", DefaultValueFactory = _ => 6 };
        var command = new Command(
            "animate",
            "Write a distribution, QQ plot or spectrum along training as an animated PNG, or as MP4 where ffmpeg is installed. Without a "
                + "plot: list those that there are.");
        choice.AddTo(command, ".png, .apng or .mp4. Default: PLOT.apng.");
        command.Options.Add(rate);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var gallery = await choice.OpenAsync(parsed, cancellationToken);
            if (choice.Plot(parsed) is not { } plot)
            {
                return PlotChoice.List(gallery);
            }

            var frames = gallery.Frames(plot, choice.Group(parsed));
            var file = choice.File(parsed) ?? $"{plot}.apng";
            if (Path.GetExtension(file).Equals(".mp4", StringComparison.OrdinalIgnoreCase))
            {
                await FilmAsync(frames, parsed.GetValue(rate), file, cancellationToken);
            }
            else
            {
                await File.WriteAllBytesAsync(file, PlotExporter.Animate(frames, parsed.GetValue(rate)), cancellationToken);
            }

            Output.Line($"{Path.GetFullPath(file)} ({frames.Count} frames)");
            return ExitCode.Done;
        });
        return command;
    }

    private static async Task FilmAsync(IReadOnlyList<byte[]> frames, int framesPerSecond, string file, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo("ffmpeg",
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
            throw new InvalidOperationException(
                "MP4 needs ffmpeg, which is not installed. Install the package ffmpeg, or write an animated PNG: --out NAME.apng.", error);
        }
    }
}
