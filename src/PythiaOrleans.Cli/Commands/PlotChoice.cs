using System.CommandLine;
using PythiaOrleans.Analyses;
using PythiaOrleans.Cli.Display;
using PythiaOrleans.Cli.Hosting;
using PythiaOrleans.Cli.Options;
using PythiaOrleans.Core.Descriptions;
using PythiaOrleans.Core.Sweeps;
using PythiaOrleans.Reporting.Budgets;
using PythiaOrleans.Reporting.Plots;
using PythiaOrleans.Reporting.Report;
using PythiaOrleans.Reporting.Series;

namespace PythiaOrleans.Cli.Commands;

/// <summary>Which plot, which part of it, and how large: what <c>plot</c> and <c>animate</c> have in common.</summary>
internal sealed class PlotChoice
{
    private const double MaxWidth = 10_000;
    private const double MaxDpi = 1200;

    private readonly Argument<string> _sweep = SharedOptions.Sweep();
    private readonly Argument<string?> _plot = new("plot") { Description = "The plot's name.", Arity = ArgumentArity.ZeroOrOne };
    private readonly Option<string?> _components = new("--components", "--component")
    {
        Description = "Components, separated by commas, as the list names them: mlp.dense_h_to_4h. Default: the one that the report "
            + "shows first.",
    };

    private readonly Option<string?> _models = new("--models", "-m") { Description = "Models, separated by commas. Default: all." };
    private readonly Option<string?> _blocks = new("--blocks") { Description = "Blocks: 0,5 or 0..11. Default: all." };
    private readonly Option<bool?> _log = new("--log")
    {
        Description = "A logarithmic y axis; `--log false` for a linear one. Default: as in the report.",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private readonly Option<double?> _width = new("--width")
    {
        Description = "The picture's width in units of 1/96 inch, which are pixels at 96 dpi. Default: what the panels need.",
    };

    private readonly Option<double?> _dpi = new("--dpi") { Description = "Pixels per inch. Default: 96, of papers 300." };
    private readonly Option<string> _store = SharedOptions.Store();
    private readonly Option<string?> _catalog = SharedOptions.Catalog();
    private readonly Option<string?> _out = new("--out") { HelpName = "file" };

    /// <summary>Adds the arguments and options.</summary>
    /// <param name="command">The command.</param>
    /// <param name="files">Which endings the file may have.</param>
    public void AddTo(Command command, string files)
    {
        _out.Description = files;
        command.Arguments.Add(_sweep);
        command.Arguments.Add(_plot);
        foreach (var option in new Option[] { _components, _models, _blocks, _log, _width, _dpi, _out, _store, _catalog })
        {
            command.Options.Add(option);
        }
    }

    public string? Plot(ParseResult parsed) => parsed.GetValue(_plot);

    public string? File(ParseResult parsed) => parsed.GetValue(_out);

    /// <summary>Which part of the plot is drawn, over steps.</summary>
    public PlotSelection Selection(ParseResult parsed) => new()
    {
        Components = SharedOptions.Words(parsed.GetValue(_components)),
        Models = SharedOptions.Words(parsed.GetValue(_models)),
        Blocks = parsed.GetValue(_blocks) is { } blocks ? StepList.Parse(blocks) : null,
        IsLogarithmic = parsed.GetResult(_log) is { Implicit: false } log ? log.Tokens.Count == 0 || parsed.GetValue(_log)!.Value : null,
    };

    /// <summary>The size.</summary>
    /// <exception cref="ArgumentException">A number is out of its range.</exception>
    public PictureStyle Style(ParseResult parsed, bool isForPaper)
    {
        var width = Checked("--width", parsed.GetValue(_width), 100, MaxWidth);
        var dpi = Checked("--dpi", parsed.GetValue(_dpi), 10, MaxDpi);
        return isForPaper
            ? PictureStyle.Paper(width, dpi)
            : new PictureStyle { Width = width, Dpi = dpi ?? PictureStyle.UnitsPerInch };
    }

    /// <summary>Reads the sweep that the plot is of.</summary>
    /// <exception cref="ArgumentException">There is no such sweep.</exception>
    public async Task<PlottedSweep> ReadAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var store = await StoreAccess.OpenAsync(parsed.GetValue(_store)!, cancellationToken);
        var spec = await store.FindSweepAsync(parsed.GetValue(_sweep)!, cancellationToken);
        await SourceCheck.WarnOfStoredAsync(store, spec.Name, cancellationToken);
        var catalog = SharedOptions.LoadCatalog(parsed.GetValue(_catalog), spec);
        var registry = PluginOption.Load(parsed).Analyses;
        AnalysisDescription[] analyses =
        [
            .. registry.Create(AnalysisSettings.FromSweep(spec)).Select(analysis => analysis.Description)
                .Where(analysis => spec.Analyses.Contains(analysis.Id)).OrderBy(analysis => analysis.Order),
        ];
        var compactor = new SeriesCompactor(store, catalog, registry.DerivedColumns);
        var all = Plot(parsed) is not { } plot || plot.StartsWith(NormBudgets.Name, StringComparison.Ordinal);
        foreach (var analysis in analyses.Where(one => all || Plot(parsed)!.StartsWith($"{one.Name}-", StringComparison.Ordinal)))
        {
            await compactor.CompactAsync(spec, analysis.Id, cancellationToken);
        }

        return new PlottedSweep(store, catalog, spec, analyses);
    }

    /// <summary>Prints the plots that there are.</summary>
    public static int List(IEnumerable<PlotListing> plots)
    {
        foreach (var (plot, title, groups, _) in plots)
        {
            Output.Line($"{plot}: {title} ({string.Join(", ", groups)})");
        }

        return ExitCode.Done;
    }

    private static double? Checked(string option, double? value, double least, double most) =>
        value is null || (value >= least && value <= most)
        ? value
        : throw new ArgumentException(FormattableString.Invariant($"{option}: expected {least} to {most}, found {value}."));
}
