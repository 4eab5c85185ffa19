using System.CommandLine;
using System.Globalization;
using PythiaOrleans.Checkpoints.Catalog;
using PythiaOrleans.Cli.Display;
using PythiaOrleans.Cli.Hosting;
using PythiaOrleans.Cli.Options;
using PythiaOrleans.Core.Ids;
using PythiaOrleans.Reporting.Findings;
using PythiaOrleans.Reporting.NullModels;
using PythiaOrleans.Reporting.Published;
using PythiaOrleans.Reporting.Report;

namespace PythiaOrleans.Cli.Commands;

/// <summary><c>pythia findings</c>: the published claims, judged on series.</summary>
internal static class FindingsCommand
{
    public static Command Create()
    {
        var choice = new SeriesChoice("findings", "Judge the series that the authors of the post published, instead of a sweep.");
        var nulls = new Option<bool>("--null")
        {
            Description = "Try the rules on series in which there is nothing to find; print how often each passes, as CSV. Takes minutes.",
        };
        var draws = new Option<int>("--draws")
        {
            Description = "With --null: suites drawn from each null model.",
            DefaultValueFactory = _ => NullTrial.DefaultDraws,
        };
        var only = new Option<string?>("--only") { Description = "One finding, by its name: mlp-norms-peak; shown with all its evidence." };
        var page = new Option<string?>("--out")
        {
            Description = "Also write verdicts, numbers and pictures as one HTML file that opens offline.",
            HelpName = "file",
        };
        var store = SharedOptions.Store();
        var catalog = SharedOptions.Catalog();
        var json = SharedOptions.Json();
        var command = new Command("findings", "Judge the published claims on the series of a sweep, with the numbers.")
        {
            choice.Sweep, choice.Published, nulls, draws, only, page, store, catalog, json,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var findings = Select(parsed.GetValue(only));
            if (parsed.GetValue(nulls))
            {
                TryNulls(findings, parsed.GetValue(draws), cancellationToken);
                return ExitCode.Done;
            }

            var knownModels = SharedOptions.LoadCatalog(parsed.GetValue(catalog));
            var series = await SeriesSource.LoadWithEvaluationsAsync(
                choice.Read(parsed), parsed.GetValue(store)!, knownModels, cancellationToken);
            var reports = findings.Select(finding => FindingCatalog.Judge(finding, series)).ToArray();
            if (parsed.GetValue(page) is { } file)
            {
                await FindingsPage.WriteAsync(series, reports, knownModels, file, cancellationToken);
            }

            if (parsed.GetValue(json))
            {
                Output.Json(new { series = series.Name, models = series.Models, findings = reports });
                return ExitCode.Done;
            }

            FindingsDisplay.Show(reports, series, parsed.GetValue(only) is not null);
            return ExitCode.Done;
        });
        return command;
    }

    private static IReadOnlyList<IFinding> Select(string? only)
    {
        var findings = FindingCatalog.All.Where(finding => only is null || finding.Id == only).ToArray();
        return findings.Length > 0
            ? findings
            : throw new ArgumentException(
                $"Unknown finding '{only}': {Suggestion.Among(only!, [.. FindingCatalog.All.Select(finding => finding.Id)])}");
    }

    private static void TryNulls(IReadOnlyList<IFinding> findings, int draws, CancellationToken cancellationToken)
    {
        Output.Line(NullRates.Header);
        foreach (var model in NullTrial.Models)
        {
            Output.Note(string.Create(CultureInfo.InvariantCulture, $"{model.Name}: {draws} suites of {model.Description}"));
            foreach (var rate in NullTrial.Run(model, findings, draws, drawn: null, cancellationToken))
            {
                Output.Line(NullRates.ToLine(rate));
            }
        }
    }
}
