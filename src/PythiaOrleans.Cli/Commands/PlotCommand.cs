using System.CommandLine;
using System.CommandLine.Parsing;
using PythiaOrleans.Analyses;
using PythiaOrleans.Cli.Display;
using PythiaOrleans.Cli.Hosting;
using PythiaOrleans.Cli.Options;
using PythiaOrleans.Core.Sweeps;
using PythiaOrleans.Reporting.Plots;
using PythiaOrleans.Reporting.Report;
using PythiaOrleans.Reporting.Series;

namespace PythiaOrleans.Cli.Commands;

/// <summary><c>pythia plot</c>: one plot of the report as a file.</summary>
internal static class PlotCommand
{
    public static Command Create()
    {
        var choice = new PlotChoice();
        var step = new Option<int?>("--step", "-s")
        {
            Description = "Of a distribution or spectrum: the measured step nearest to it. Default: the last.",
        };
        var axis = new Option<TrainingAxis>("--axis")
        {
            Description = "Of a series: step (default), fraction (of training) or decay-time (weight decay times summed learning rate).",
            CustomParser = ParseAxis,
            DefaultValueFactory = _ => TrainingAxis.Step,
            HelpName = "step|fraction|decay-time",
        };
        var command = new Command("plot", "Write one plot of a sweep as PNG or SVG. Without a plot: list those that there are.");
        choice.AddTo(command, ".png or .svg. Default: PLOT.png.");
        command.Options.Add(step);
        command.Options.Add(axis);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var gallery = await choice.OpenAsync(parsed, cancellationToken);
            if (choice.Plot(parsed) is not { } plot)
            {
                return PlotChoice.List(gallery);
            }

            var file = choice.File(parsed) ?? $"{plot}.png";
            if (Path.GetExtension(file).Equals(".svg", StringComparison.OrdinalIgnoreCase))
            {
                await File.WriteAllTextAsync(
                    file, gallery.Svg(plot, choice.Group(parsed), parsed.GetValue(step), parsed.GetValue(axis)), cancellationToken);
            }
            else
            {
                await File.WriteAllBytesAsync(
                    file, gallery.Png(plot, choice.Group(parsed), parsed.GetValue(step), parsed.GetValue(axis)), cancellationToken);
            }

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
                result.AddError($"--axis {result.Tokens.Single().Value}: expected step, fraction or decay-time.");
                return default;
        }
    }
}

/// <summary>What <c>plot</c> and <c>animate</c> have in common.</summary>
internal sealed class PlotChoice
{
    private readonly Argument<string> _sweep = SharedOptions.Sweep();
    private readonly Argument<string?> _plot = new("plot") { Description = "The plot's name.", Arity = ArgumentArity.ZeroOrOne };
    private readonly Option<string?> _group = new("--component")
    {
        Description = "The component, as the list names it: mlp.dense_h_to_4h. Default: the first.",
    };
    private readonly Option<string> _store = SharedOptions.Store();
    private readonly Option<string?> _catalog = SharedOptions.Catalog();
    private readonly Option<string?> _out = new("--out");

    public void AddTo(Command command, string files)
    {
        _out.Description = files;
        command.Arguments.Add(_sweep);
        command.Arguments.Add(_plot);
        foreach (var option in new Option[] { _group, _out, _store, _catalog })
        {
            command.Options.Add(option);
        }
    }

    public string? Plot(ParseResult parsed) => parsed.GetValue(_plot);

    public string? Group(ParseResult parsed) => parsed.GetValue(_group);

    public string? File(ParseResult parsed) => parsed.GetValue(_out);

    public async Task<PlotExporter> OpenAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var store = await StoreAccess.OpenAsync(parsed.GetValue(_store)!, cancellationToken);
        var spec = await store.FindSweepAsync(parsed.GetValue(_sweep)!, cancellationToken);
        await SourceCheck.WarnOfStoredAsync(store, spec.Name, cancellationToken);
        var catalog = SharedOptions.LoadCatalog(parsed.GetValue(_catalog), spec);
        var registry = PluginOption.Load(parsed).Analyses;
        var compactor = new SeriesCompactor(store, catalog, registry.DerivedColumns);
        foreach (var analysis in spec.Analyses)
        {
            await compactor.CompactAsync(spec, analysis, cancellationToken);
        }

        var analyses = registry.Create(AnalysisSettings.FromSweep(spec));
        return await PlotExporter.OpenAsync(
            store, catalog, spec, [.. analyses.Select(analysis => analysis.Description)], Plot(parsed), cancellationToken);
    }

    public static int List(PlotExporter gallery)
    {
        foreach (var (plot, title, groups) in gallery.Plots)
        {
            Output.Line($"{plot}: {title} ({string.Join(", ", groups)})");
        }

        return ExitCode.Done;
    }
}
