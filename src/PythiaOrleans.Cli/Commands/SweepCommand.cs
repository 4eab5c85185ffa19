using System.CommandLine;
using PythiaOrleans.Checkpoints.Opening;
using PythiaOrleans.Cli.Hosting;
using PythiaOrleans.Cli.Options;
using PythiaOrleans.Core.Sweeps;
using PythiaOrleans.Server.Planning;

namespace PythiaOrleans.Cli.Commands;

/// <summary><c>pythia sweep</c>: computes what is missing.</summary>
internal static class SweepCommand
{
    public static Command Create()
    {
        var options = new SweepOptions();
        var workers = SharedOptions.Workers();
        var device = SharedOptions.Device();
        var cluster = new ClusterChoice();
        var extend = new Option<bool>("--extend")
        {
            Description = "Add models, steps or analyses to the sweep of this name, whether it runs or not.",
        };
        var priority = new Option<int>("--priority")
        {
            Description = "Of two sweeps the one with the larger number gets the free slots first. Default: 0.",
        };
        var refresh = new Option<bool>("--refresh")
        {
            Description = "Compute results again whose checkpoint the source has replaced since; what was stored is kept as FILE.replaced.",
        };
        var command = new Command(
            "sweep",
            "Run a sweep, in this process or on a cluster: compute the results that are missing. Ctrl-C loses nothing; run it again to go "
                + "on.");
        options.AddTo(command);
        command.Options.Add(workers);
        command.Options.Add(device);
        cluster.AddTo(command);
        command.Options.Add(extend);
        command.Options.Add(priority);
        command.Options.Add(refresh);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var request = options.Read(parsed);
            var catalog = SharedOptions.LoadCatalog(parsed.GetValue(options.Catalog), request.Source, request.Models);
            var storeFolder = parsed.GetValue(options.Store)!;
            var store = await StoreAccess.OpenAsync(storeFolder, cancellationToken);
            var sources = new CheckpointSources(catalog);
            var analyses = PluginOption.Load(parsed).Analyses;
            var planner = new SweepPlanner(catalog, sources, store, analyses);
            var spec = planner.Resolve(request) with { Priority = parsed.GetValue(priority) };
            var isOpen = !cluster.IsRemote(parsed) && await IsOpenAsync(sources, store, spec, cancellationToken);
            await using var silos = await cluster.StartAsync(
                parsed, storeFolder, catalog, parsed.GetValue(workers), parsed.GetValue(device), cancellationToken, isOpen ? spec : null);
            // Into the silos' store: that was checked when they were met.
            await options.StoreBatchAsync(parsed, store.Blobs, cancellationToken);
            await new SourceCheck(sources, store).PrepareAsync(spec, parsed.GetValue(refresh), cancellationToken);
            var progress = await SweepRun.ToEndAsync(silos, spec, catalog, analyses, cancellationToken, parsed.GetValue(extend));
            return SweepRun.Summarize(progress, storeFolder, parsed.GetValue(options.Json));
        });
        return command;
    }

    // Whether there is anything to compute. Without its source every shard would be quarantined with the same error.
    private static async Task<bool> IsOpenAsync(
        CheckpointSources sources, ResultStore store, SweepSpec spec, CancellationToken cancellationToken)
    {
        var standing = await store.Ledger.ReadAsync(spec, cancellationToken);
        if (standing.Done == standing.Total)
        {
            return false; // a complete sweep needs no source
        }

        sources.Open(spec.Source);
        return true;
    }
}
