using System.CommandLine;
using PythiaOrleans.Cli.Display;
using PythiaOrleans.Cli.Hosting;
using PythiaOrleans.Cli.Options;
using PythiaOrleans.Core.Sweeps;
using PythiaOrleans.Reporting.Verification;

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
            Description = "Put damaged results aside, as FILE.damaged: they count as missing then, and `pythia resume` computes them again.",
        };
        var command = new Command(
            "verify",
            "Read a sweep's results back: every key exists, digests and row counts hold, each series holds each row once. Changes nothing without --repair.")
        {
            name, store, json, repair,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var results = await StoreAccess.OpenAsync(parsed.GetValue(store)!, cancellationToken);
            var spec = await results.FindSweepAsync(parsed.GetValue(name)!, cancellationToken);
            var report = await new SweepVerifier(results).VerifyAsync(spec, new Lines(spec), cancellationToken, parsed.GetValue(repair));
            if (parsed.GetValue(json))
            {
                Output.Json(report);
            }
            else
            {
                Print(report);
            }

            return report.Damaged.Count > 0 ? ExitCode.Failed : report.Missing.Count > 0 ? ExitCode.Partial : ExitCode.Done;
        });
        return command;
    }

    private static void Print(VerificationReport report)
    {
        Output.Line($"Sweep '{report.Sweep}': {report.Sound} of {report.Expected} results are sound, {report.Missing.Count} missing, {report.Damaged.Count} problems.");
        if (report.Unrecorded > 0)
        {
            Output.Line($"{report.Unrecorded} results have no record of their digest beside them; they are readable.");
        }

        if (report.PutAside.Count > 0)
        {
            Output.Line($"{report.PutAside.Count} damaged results were put aside, as FILE.damaged. `pythia resume {report.Sweep}` computes them again.");
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
