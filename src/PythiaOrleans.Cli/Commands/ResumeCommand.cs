using System.CommandLine;
using PythiaOrleans.Checkpoints.Catalog;
using PythiaOrleans.Cli.Hosting;
using PythiaOrleans.Cli.Options;
using PythiaOrleans.Core.Sweeps;

namespace PythiaOrleans.Cli.Commands;

/// <summary><c>pythia resume</c>: goes on after a pause, a crash or a repair; runs what is missing and nothing else.</summary>
internal static class ResumeCommand
{
    public static Command Create()
    {
        var name = SharedOptions.Sweep();
        var store = SharedOptions.Store();
        var catalogFile = SharedOptions.Catalog();
        var workers = SharedOptions.Workers();
        var device = SharedOptions.Device();
        var json = SharedOptions.Json();
        var cluster = new ClusterChoice();
        var command = new Command(
            "resume",
            "Go on with a paused, interrupted or partly failed sweep: run the shards that are missing, quarantined ones included.")
        {
            name, store, catalogFile, workers, device, json,
        };
        cluster.AddTo(command);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var folder = parsed.GetValue(store)!;
            var sweep = parsed.GetValue(name)!;
            var catalog = cluster.IsRemote(parsed)
                ? ModelCatalog.Default
                : await CatalogOfAsync(folder, sweep, parsed.GetValue(catalogFile), cancellationToken);
            await using var silos = await cluster.StartAsync(
                parsed, folder, catalog, parsed.GetValue(workers), parsed.GetValue(device), cancellationToken);
            await silos.Sweep(sweep).ResumeAsync();
            var progress = await SweepRun.FollowAsync(silos.Sweep(sweep), cancellationToken);
            return SweepRun.Summarize(progress, folder, parsed.GetValue(json));
        });
        return command;
    }

    private static async Task<ModelCatalog> CatalogOfAsync(string store, string sweep, string? file, CancellationToken cancellationToken)
    {
        var spec = await (await StoreAccess.OpenAsync(store, cancellationToken)).FindSweepAsync(sweep, cancellationToken);
        return SharedOptions.LoadCatalog(file, spec.Source, spec.Models);
    }
}
