using System.CommandLine;
using PythiaOrleans.Analyses;
using PythiaOrleans.Checkpoints.Catalog;
using PythiaOrleans.Cli.Display;
using PythiaOrleans.Cli.Hosting;
using PythiaOrleans.Cli.Options;
using PythiaOrleans.Core.Ids;
using PythiaOrleans.Reporting.Published;
using PythiaOrleans.Reporting.Report;

namespace PythiaOrleans.Cli.Commands;

/// <summary><c>pythia report</c>: what is there so far, for people.</summary>
internal static class ReportCommand
{
    public static Command Create()
    {
        var choice = new SeriesChoice("report", "The series that the authors of the post published, instead of a sweep.");
        var store = SharedOptions.Store();
        var catalogFile = SharedOptions.Catalog();
        var folder = new Option<string?>("--out")
        {
            Description = "The folder to write. Default: report/SWEEP inside the store; of the published series ./published.",
            HelpName = "folder",
        };
        var stills = new Option<bool>("--stills") { Description = "Write every plot as a PNG file too, into plots/ beside the page." };
        var json = SharedOptions.Json();
        var command = new Command(
            "report",
            "Write a report: one HTML file that opens offline. Works on partial sweeps.")
        {
            choice.Sweep, choice.Published, store, catalogFile, folder, stills, json,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var files = choice.Read(parsed) is { } name
                ? await WriteAsync(
                    parsed, name, parsed.GetValue(store)!, parsed.GetValue(catalogFile), parsed.GetValue(folder), parsed.GetValue(stills),
                    cancellationToken)
                : await WritePublishedAsync(
                    parsed, parsed.GetValue(folder) ?? PublishedSeries.Name, parsed.GetValue(stills), cancellationToken);
            if (parsed.GetValue(json))
            {
                Output.Json(files);
            }
            else
            {
                Output.Line(Path.GetFullPath(files.Page));
                if (files.StaticPlots.Count > 0)
                {
                    Output.Line($"{files.StaticPlots.Count} PNG files beside it, in {ReportWriter.StillsFolder}/");
                }
            }

            return ExitCode.Done;
        });
        return command;
    }

    private static async Task<ReportFiles> WriteAsync(
        ParseResult parsed,
        string name,
        string store,
        string? catalogFile,
        string? folder,
        bool stills,
        CancellationToken cancellationToken)
    {
        var spec = await (await StoreAccess.OpenAsync(store, cancellationToken)).ReadSweepAsync(name, cancellationToken);
        var catalog = spec is null ? SharedOptions.LoadCatalog(catalogFile) : SharedOptions.LoadCatalog(catalogFile, spec);
        var output = folder ?? Path.Combine(store, "report", Identifier.Validate(name, "sweep"));
        return await Reports.WriteAsync(store, name, catalog, PluginOption.Load(parsed).Analyses, output, stills, cancellationToken);
    }

    private static async Task<ReportFiles> WritePublishedAsync(
        ParseResult parsed, string folder, bool stills, CancellationToken cancellationToken)
    {
        var series = await SeriesSource.LoadWithEvaluationsAsync(null, "", ModelCatalog.Default, cancellationToken);
        var analyses = PluginOption.Load(parsed).Analyses.Create(new AnalysisSettings(0, null));
        return await SeriesPage.WriteAsync(
            series, ModelCatalog.Default, [.. analyses.Select(analysis => analysis.Description)], folder, stills, cancellationToken);
    }
}
