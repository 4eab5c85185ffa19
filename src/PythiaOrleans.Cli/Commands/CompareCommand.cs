using System.CommandLine;
using System.Globalization;
using PythiaOrleans.Cli.Display;
using PythiaOrleans.Cli.Hosting;
using PythiaOrleans.Cli.Options;

namespace PythiaOrleans.Cli.Commands;

/// <summary><c>pythia compare</c>: a sweep beside the published series or another sweep, value by value.</summary>
internal static class CompareCommand
{
    public static Command Create()
    {
        var sweep = SharedOptions.Sweep();
        var reference = new Option<string>("--reference", "-r")
        {
            Description = "published (default), or another sweep of the store.",
            DefaultValueFactory = _ => "published",
        };
        var otherStore = new Option<string?>("--reference-store")
        {
            Description = "The store that holds the other sweep. Default: the same.",
            HelpName = "folder",
        };
        var most = new Option<int>("--worst")
        {
            Description = "How many of the worst values are named.",
            DefaultValueFactory = _ => 20,
        };
        var store = SharedOptions.Store();
        var json = SharedOptions.Json();
        var command = new Command(
            "compare",
            "Compare the series of a sweep with the published ones, or with another "
                + "sweep's.") { sweep, reference, otherStore, most, store, json };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var folder = parsed.GetValue(store)!;
            if (parsed.GetValue(sweep) == parsed.GetValue(reference) && parsed.GetValue(otherStore) is null)
            {
                throw new ArgumentException(
                    $"'{parsed.GetValue(sweep)}' would be compared with itself: name another series with --reference, or another store "
                        + "with --reference-store.");
            }

            var own = await SeriesSource.LoadAsync(parsed.GetValue(sweep)!, folder, cancellationToken);
            var other = await SeriesSource.LoadAsync(parsed.GetValue(reference)!, parsed.GetValue(otherStore) ?? folder, cancellationToken);
            var report = Reporting.Comparisons.Comparison.Compare(own, other, parsed.GetValue(most));
            if (report.Values == 0)
            {
                throw new ArgumentException(
                    $"'{report.Series}' and '{report.Reference}' share no value: expected the same models at the same steps (and, for "
                        + "distances, the same reference step), "
                    + $"found {string.Join(", ", own.Models)} and {string.Join(", ", other.Models)}.");
            }

            if (parsed.GetValue(json))
            {
                Output.Json(report);
                return ExitCode.Done;
            }

            Output.Line($"{report.Values} values compared, {report.Different} differ, {report.UnmatchedRows} rows without a partner");
            foreach (var series in report.Summary.Where(series => series.MaxRelativeError > 0))
            {
                var note = series.Note.Length > 0 ? $" ({series.Note})" : "";
                Output.Line(string.Create(CultureInfo.InvariantCulture,
                    $"{series.Model} {series.Component} {series.Parameter} {series.Column}: median {series.MedianRelativeError:0.###e+0}, "
                        + $"largest {series.MaxRelativeError:0.###e+0} of {series.Count}{note}"));
            }

            foreach (var value in report.Worst)
            {
                var block = value.Block is { } index ? $" block {index}" : "";
                Output.Line(string.Create(CultureInfo.InvariantCulture,
                    $"worst: {value.Model} {value.Component} {value.Parameter}{block} step {value.Step} {value.Column}: {value.Value:g7}, "
                        + $"reference {value.Reference:g7}"));
            }

            return ExitCode.Done;
        });
        return command;
    }
}
