using System.CommandLine;
using PythiaOrleans.Checkpoints.Catalog;
using PythiaOrleans.Cli.Hosting;
using PythiaOrleans.Cli.Options;
using PythiaOrleans.Core.Sweeps;
using PythiaOrleans.Server.Planning;

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
        var upgrade = new Option<bool>("--upgrade")
        {
            Description = "Measure the whole sweep as this version of the program does, where an older version planned it. "
                + "Results of the older version stay in the store.",
        };
        var cluster = new ClusterChoice();
        var command = new Command(
            "resume",
            "Go on with a paused, interrupted or partly failed sweep: run the shards that are missing, quarantined ones included.")
        {
            name, store, catalogFile, workers, device, upgrade, json,
        };
        cluster.AddTo(command);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var folder = parsed.GetValue(store)!;
            var sweep = parsed.GetValue(name)!;
            var isUpgrade = parsed.GetValue(upgrade);
            var spec = cluster.IsRemote(parsed) && !isUpgrade ? null : await FindAsync(parsed, folder, sweep, isUpgrade, cancellationToken);
            var catalog = cluster.IsRemote(parsed)
                ? ModelCatalog.Default
                : SharedOptions.LoadCatalog(parsed.GetValue(catalogFile), spec!.Source, spec.Models);
            await using var silos = await cluster.StartAsync(
                parsed, folder, catalog, parsed.GetValue(workers), parsed.GetValue(device), cancellationToken);
            if (isUpgrade)
            {
                await silos.Sweep(sweep).UpgradeAsync(spec!);
            }

            await ClusterRetry.DoAsync(silos.Sweep(sweep).ResumeAsync, cancellationToken);
            var progress = await SweepRun.FollowAsync(silos.Sweep(sweep), cancellationToken);
            await SweepRun.ShowFailuresAsync(silos.Sweep(sweep), progress, cancellationToken);
            return SweepRun.Summarize(progress, folder, parsed.GetValue(json));
        });
        return command;
    }

    // The spec as it is to be computed. What this program cannot compute is refused at once: no other silo will come.
    private static async Task<SweepSpec> FindAsync(
        ParseResult parsed, string store, string sweep, bool isUpgrade, CancellationToken cancellationToken)
    {
        var results = await StoreAccess.OpenAsync(store, cancellationToken);
        var spec = await results.FindSweepAsync(sweep, cancellationToken);
        var analyses = PluginOption.Load(parsed).Analyses;
        if (isUpgrade)
        {
            return SweepUpgrade.Apply(spec, analyses);
        }

        await SweepUpgrade.CheckAsync(spec, analyses, results.Ledger, cancellationToken);
        return spec;
    }
}
