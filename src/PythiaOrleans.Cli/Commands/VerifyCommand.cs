using System.CommandLine;
using PythiaOrleans.Checkpoints.Opening;
using PythiaOrleans.Cli.Display;
using PythiaOrleans.Cli.Hosting;
using PythiaOrleans.Cli.Options;
using PythiaOrleans.Core.Sweeps;
using PythiaOrleans.Reporting.Verification;
using PythiaOrleans.Server.Planning;

namespace PythiaOrleans.Cli.Commands;

/// <summary><c>pythia verify</c>: reads everything back that a sweep has written.</summary>
internal static class VerifyCommand
{
    private const int MaxShown = 20;

    public static Command Create()
    {
        var name = SharedOptions.Sweep();
        var store = SharedOptions.Store();
        var json = SharedOptions.Json();
        var repair = new Option<bool>("--repair")
        {
            Description = "Put damaged results aside, as FILE.damaged: they count as missing then, and `pythia resume` computes them "
                + "again.",
        };
        var source = new Option<string?>("--source")
        {
            Description = "Compare the results with the bytes that the sweep's source serves now, or another one.",
            HelpName = "folder|hub|az://...",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var catalogFile = SharedOptions.Catalog();
        var command = new Command(
            "verify",
            "Read a sweep's results back: every key exists, digests and row counts hold, each series holds each row once. Changes nothing "
                + "without --repair.")
        {
            name, store, json, repair, source, catalogFile,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var results = await StoreAccess.OpenAsync(parsed.GetValue(store)!, cancellationToken);
            var spec = await results.FindSweepAsync(parsed.GetValue(name)!, cancellationToken);
            var comparison = parsed.GetResult(source) is { Implicit: false }
                ? await CompareAsync(results, spec, parsed.GetValue(source), parsed.GetValue(catalogFile), cancellationToken)
                : null;
            var report = await new SweepVerifier(results).VerifyAsync(spec, new Lines(spec), cancellationToken, parsed.GetValue(repair));
            if (parsed.GetValue(json))
            {
                Output.Json(report with { Warnings = [.. report.Warnings, .. comparison?.Warnings ?? []] });
            }
            else
            {
                Print(report);
                Print(comparison);
            }

            return report.Damaged.Count > 0 || report.Warnings.Count > 0 || comparison?.Changed.Count > 0
                ? ExitCode.Failed
                : report.Missing.Count > 0 ? ExitCode.Partial : ExitCode.Done;
        });
        return command;
    }

    private static async Task<SourceComparison> CompareAsync(
        ResultStore store, SweepSpec sweep, string? other, string? catalogFile, CancellationToken cancellationToken)
    {
        var asked = other is null ? sweep : sweep with { Source = CheckpointSources.Resolve(other) };
        var catalog = SharedOptions.LoadCatalog(catalogFile, asked.Source, asked.Models);
        return await new SourceComparer(new CheckpointSources(catalog), store).CompareAsync(asked, askSource: true, cancellationToken);
    }

    private static void Print(SourceComparison? comparison)
    {
        if (comparison is null)
        {
            return;
        }

        foreach (var warning in (comparison with { Mixed = [] }).Warnings) // mixed ones are in the report
        {
            Output.Line(warning);
        }

        if (comparison.Changed.Count == 0)
        {
            Output.Line("No result belongs to other bytes than the source serves now.");
        }

        if (comparison.Unknown > 0)
        {
            Output.Line($"Of {comparison.Unknown} results nothing says which bytes they were made from: an older version computed them.");
        }
    }

    private static void Print(VerificationReport report)
    {
        Output.Line(
            $"Sweep '{report.Sweep}': {report.Sound} of {report.Expected} results are sound, {report.Missing.Count} missing, "
                + $"{report.Damaged.Count} problems.");
        if (report.Unrecorded > 0)
        {
            Output.Line($"{report.Unrecorded} results have no record of their digest beside them; they are readable.");
        }

        if (report.PutAside.Count > 0)
        {
            Output.Line(
                $"{report.PutAside.Count} damaged results were put aside, as FILE.damaged. `pythia resume {report.Sweep}` computes them "
                    + "again.");
        }

        foreach (var line in report.Warnings)
        {
            Output.Line(line);
        }

        foreach (var line in report.PutAside.Take(MaxShown))
        {
            Output.Line($"put aside: {line}");
        }

        foreach (var line in report.Damaged.Take(MaxShown).Concat(report.Missing.Take(MaxShown).Select(key => $"missing: {key}")))
        {
            Output.Line(line);
        }

        if (report.Missing.Count > MaxShown || report.Damaged.Count > MaxShown)
        {
            Output.Line("… and more; --json lists all.");
        }
    }

    private sealed class Lines(SweepSpec spec) : IProgress<int>
    {
        private const int Every = 1000;

        public void Report(int value)
        {
            if (value % Every == 0)
            {
                Output.Note($"Read {value} of {spec.Models.Count * spec.Steps.Count * spec.Analyses.Count} results");
            }
        }
    }
}
