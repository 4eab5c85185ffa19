using System.CommandLine;
using PythiaOrleans.Checkpoints;
using PythiaOrleans.Results;

namespace PythiaOrleans.Cli;

/// <summary><c>pythia resume</c>: goes on after a pause, a crash or a repair; runs what is missing and nothing else.</summary>
internal static class ResumeCommand
{
    public static Command Create()
    {
        var name = SharedOptions.Sweep();
        var store = SharedOptions.Store();
        var catalogFile = SharedOptions.Catalog();
        var workers = SharedOptions.Workers();
        var json = SharedOptions.Json();
        var command = new Command("resume", "Go on with a paused, interrupted or partly failed sweep: run the shards that are missing, quarantined ones included.")
        {
            name, store, catalogFile, workers, json,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var folder = parsed.GetValue(store)!;
            var sweep = parsed.GetValue(name)!;
            var spec = await new ResultStore(new FolderBlobStore(folder)).ReadSweepAsync(sweep, cancellationToken)
                ?? throw new ArgumentException($"There is no sweep '{sweep}' in {folder}. `pythia status --store {folder}` lists those that are.");
            var catalog = SharedOptions.LoadCatalog(parsed.GetValue(catalogFile), spec.Source);
            await using var cluster = await LocalCluster.StartAsync(folder, catalog, parsed.GetValue(workers), cancellationToken);
            await cluster.Sweep(sweep).ResumeAsync();
            var progress = await SweepRun.FollowAsync(cluster.Sweep(sweep), cancellationToken);
            return SweepRun.Summarize(progress, folder, parsed.GetValue(json));
        });
        return command;
    }
}
