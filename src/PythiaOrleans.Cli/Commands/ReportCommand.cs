using System.CommandLine;
using PythiaOrleans.Cli.Display;
using PythiaOrleans.Cli.Hosting;
using PythiaOrleans.Cli.Options;
using PythiaOrleans.Core.Ids;
using PythiaOrleans.Core.Sweeps;

namespace PythiaOrleans.Cli.Commands;

/// <summary><c>pythia report</c>: what is there so far, for people.</summary>
internal static class ReportCommand
{
    public static Command Create()
    {
        var sweep = SharedOptions.Sweep();
        var store = SharedOptions.Store();
        var catalogFile = SharedOptions.Catalog();
        var folder = new Option<string?>("--out")
        {
            Description = "The folder to write. Default: report/SWEEP inside the store.",
            HelpName = "folder",
        };
        var json = SharedOptions.Json();
        var command = new Command(
            "report",
            "Write a sweep's report: one HTML file that opens offline, and PNGs. Works on partial "
                + "sweeps.") { sweep, store, catalogFile, folder, json };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var name = parsed.GetValue(sweep)!;
            var root = parsed.GetValue(store)!;
            var spec = await (await StoreAccess.OpenAsync(root, cancellationToken)).ReadSweepAsync(name, cancellationToken);
            var catalog = spec is null
                ? SharedOptions.LoadCatalog(parsed.GetValue(catalogFile))
                : SharedOptions.LoadCatalog(parsed.GetValue(catalogFile), spec);
            var output = parsed.GetValue(folder) ?? Path.Combine(root, "report", Identifier.Validate(name, "sweep"));
            var files = await Reports.WriteAsync(root, name, catalog, PluginOption.Load(parsed).Analyses, output, cancellationToken);
            if (parsed.GetValue(json))
            {
                Output.Json(files);
            }
            else
            {
                Output.Line(Path.GetFullPath(files.Page));
                Output.Line($"{files.StaticPlots.Count} PNG files beside it, in plots/");
            }

            return ExitCode.Done;
        });
        return command;
    }
}
