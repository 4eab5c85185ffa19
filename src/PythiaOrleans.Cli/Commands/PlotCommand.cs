using System.CommandLine;
using System.CommandLine.Parsing;
using PythiaOrleans.Cli.Display;
using PythiaOrleans.Cli.Options;
using PythiaOrleans.Reporting.Plots;

namespace PythiaOrleans.Cli.Commands;

/// <summary><c>pythia plot</c>: one plot of the report as a file.</summary>
internal static class PlotCommand
{
    public static Command Create()
    {
        var choice = new PlotChoice();
        var step = new Option<int?>("--step", "-s")
        {
            Description = "Of a distribution, spectrum or heat map: the measured step nearest to it. Default: the last.",
        };
        var axis = new Option<TrainingAxis>("--x", "--axis")
        {
            Description = "What a series is drawn over: step (default), fraction (of training) or decay-time (weight decay times summed "
                + "learning rate).",
            CustomParser = ParseAxis,
            HelpName = "step|fraction|decay-time",
        };
        var style = new Option<string>("--style")
        {
            Description = "screen (default), or paper: no headline, small letters, axes on two sides, 7 inches wide at 300 dpi.",
            HelpName = "screen|paper",
        };
        style.AcceptOnlyFromAmong("screen", "paper");
        var command = new Command("plot", "Write one plot of a sweep as PNG, SVG or PDF. Without a plot: list those that there are.");
        choice.AddTo(command, "The file: .png, .svg or .pdf. Default: PLOT.png.");
        foreach (var option in new Option[] { step, axis, style })
        {
            command.Options.Add(option);
        }

        command.SetAction(async (parsed, cancellationToken) =>
        {
            var file = choice.File(parsed) ?? $"{choice.Plot(parsed)}.png";
            var format = OutputFile.FormatOf(file);
            var sweep = await choice.ReadAsync(parsed, cancellationToken);
            if (choice.Plot(parsed) is not { } plot)
            {
                return PlotChoice.List(await sweep.ListAsync(cancellationToken));
            }

            var exporter = await sweep.OpenAsync(plot, isWhole: false, parsed.GetValue(step), cancellationToken);
            var selection = choice.Selection(parsed) with { Axis = parsed.GetValue(axis) };
            var picture = exporter.Still(selection, format, choice.Style(parsed, parsed.GetValue(style) == "paper"));
            await File.WriteAllBytesAsync(file, picture, cancellationToken);
            Output.Line(Path.GetFullPath(file));
            return ExitCode.Done;
        });
        return command;
    }

    private static TrainingAxis ParseAxis(ArgumentResult result)
    {
        switch (result.Tokens.Single().Value.ToLowerInvariant())
        {
            case "step":
                return TrainingAxis.Step;
            case "fraction":
                return TrainingAxis.Fraction;
            case "decay-time":
                return TrainingAxis.DecayTime;
            default:
                result.AddError($"--x {result.Tokens.Single().Value}: expected step, fraction or decay-time.");
                return default;
        }
    }
}
