using System.CommandLine;
using System.Globalization;
using PythiaOrleans.Cli.Display;
using PythiaOrleans.Cli.Hosting;
using PythiaOrleans.Cli.Options;
using PythiaOrleans.Reporting.Findings;
using PythiaOrleans.Reporting.Published;
using PythiaOrleans.Reporting.Series;

namespace PythiaOrleans.Cli.Commands;

/// <summary><c>pythia findings</c>: the published claims, judged on series.</summary>
internal static class FindingsCommand
{
    public static Command Create()
    {
        var sweep = new Argument<string?>("sweep") { Description = "The sweep's name.", Arity = ArgumentArity.ZeroOrOne };
        var published = new Option<bool>("--published")
        {
            Description = "Judge the series that the authors of the post published, instead of a sweep.",
        };
        var only = new Option<string?>("--only") { Description = "One finding, by its name: mlp-norms-peak; shown with all its evidence." };
        var store = SharedOptions.Store();
        var json = SharedOptions.Json();
        var command = new Command(
            "findings", "Judge the published claims on the series of a sweep, with the numbers.") { sweep, published, only, store, json };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var name = parsed.GetValue(sweep);
            if (name is null != parsed.GetValue(published))
            {
                throw new ArgumentException(
                    "Name a sweep or give --published, not both: `pythia findings SWEEP`, `pythia findings --published`.");
            }

            var series = name is null
                ? PublishedSeries.Load()
                : await SeriesSet.ReadAsync(
                    new SeriesReader(await StoreAccess.OpenBlobsAsync(parsed.GetValue(store)!, cancellationToken)),
                    name,
                    cancellationToken);
            var wanted = parsed.GetValue(only);
            var findings = FindingCatalog.All.Where(finding => wanted is null || finding.Id == wanted).ToArray();
            if (findings.Length == 0)
            {
                throw new ArgumentException(
                    $"Unknown finding '{wanted}': expected one of {string.Join(", ", FindingCatalog.All.Select(finding => finding.Id))}.");
            }

            var reports = findings.Select(finding => FindingCatalog.Judge(finding, series)).ToArray();
            if (parsed.GetValue(json))
            {
                Output.Json(new { series = series.Name, models = series.Models, findings = reports });
                return ExitCode.Done;
            }

            Show(reports, wanted is not null);
            return ExitCode.Done;
        });
        return command;
    }

    private static void Show(IReadOnlyList<FindingReport> reports, bool all)
    {
        foreach (var report in reports)
        {
            Output.Line($"{report.Verdict.ToString().ToLowerInvariant(),-9} {report.Id}: {report.Claim}");
            Output.Line($"          {report.Summary}");
            foreach (var item in report.Evidence.Where(item => all || item.Agrees == false))
            {
                var block = item.Block is { } index ? $" block {index}" : "";
                var expected = item.Expected.Length > 0 ? $", expected {item.Expected}" : "";
                var mark = item.Agrees switch { true => "yes", false => "no", _ => "   " };
                Output.Line(
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"          {mark,-3} {item.Model} {item.Component}{block}: {item.Quantity} {item.Value:0.#####}{expected}"));
            }
        }

        var decided = reports.Count(report => report.Verdict != Verdict.Undecided);
        Output.Note($"{decided} of {reports.Count} findings decided.");
    }
}
