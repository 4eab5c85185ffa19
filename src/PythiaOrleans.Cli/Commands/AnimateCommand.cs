using System.CommandLine;
using PythiaOrleans.Cli.Display;
using PythiaOrleans.Cli.Options;

namespace PythiaOrleans.Cli.Commands;

/// <summary><c>pythia animate</c>: a distribution, QQ plot, spectrum or heat map along training.</summary>
internal static class AnimateCommand
{
    private const int MaxRate = 100;

    public static Command Create()
    {
        var choice = new PlotChoice();
        var rate = new Option<int>("--fps") { Description = "Frames per second.", DefaultValueFactory = _ => 6 };
        var command = new Command(
            "animate",
            "Write a distribution, QQ plot, spectrum or heat map along training as a GIF, an animated PNG, or as MP4 where ffmpeg is "
                + "installed. Without a plot: list those that there are.");
        choice.AddTo(command, "The file: .gif, .apng, .png (animated) or .mp4. Default: PLOT.apng.");
        command.Options.Add(rate);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var file = choice.File(parsed) ?? $"{choice.Plot(parsed)}.apng";
            var format = OutputFile.FilmFormatOf(file);
            Film.Require(format);
            var framesPerSecond = parsed.GetValue(rate) is >= 1 and <= MaxRate and var frameRate
                ? frameRate
                : throw new ArgumentException($"--fps: expected 1 to {MaxRate}, found {parsed.GetValue(rate)}.");
            var sweep = await choice.ReadAsync(parsed, cancellationToken);
            if (choice.Plot(parsed) is not { } plot)
            {
                return PlotChoice.List((await sweep.ListAsync(cancellationToken)).Where(listed => listed.CanMove));
            }

            Output.Note($"Reading {sweep.Sweep.Models.Count} models at {sweep.Sweep.Steps.Count} steps ...");
            var exporter = await sweep.OpenAsync(plot, isWhole: true, null, cancellationToken);
            Output.Note("Drawing ...");
            var frames = exporter.Frames(choice.Selection(parsed), choice.Style(parsed, isForPaper: false));
            await Film.WriteAsync(frames, framesPerSecond, file, format, cancellationToken);
            Output.Line($"{Path.GetFullPath(file)} ({frames.Count} frames)");
            return ExitCode.Done;
        });
        return command;
    }
}
