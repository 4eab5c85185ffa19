using System.CommandLine;
using PythiaOrleans.Checkpoints;
using PythiaOrleans.Results;
using PythiaOrleans.Silo;

namespace PythiaOrleans.Cli;

/// <summary><c>pythia sweep</c>: computes what is missing.</summary>
internal static class SweepCommand
{
    public static Command Create()
    {
        var options = new SweepOptions();
        var workers = SharedOptions.Workers();
        var command = new Command("sweep", "Run a sweep in this process: compute the results that are missing. Ctrl-C loses nothing; run it again to go on.");
        options.AddTo(command);
        command.Options.Add(workers);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var request = options.Read(parsed);
            var catalog = SharedOptions.LoadCatalog(parsed.GetValue(options.Catalog), request.Source);
            var storeFolder = parsed.GetValue(options.Store)!;
            var planner = new SweepPlanner(catalog, new CheckpointSources(catalog), new ResultStore(new FolderBlobStore(storeFolder)));
            var spec = planner.Resolve(request);
            await options.StoreBatchAsync(parsed, new FolderBlobStore(storeFolder), cancellationToken);
            await using var cluster = await LocalCluster.StartAsync(storeFolder, catalog, parsed.GetValue(workers), cancellationToken);
            var progress = await SweepRun.ToEndAsync(cluster, spec, cancellationToken);
            return SweepRun.Summarize(progress, storeFolder, parsed.GetValue(options.Json));
        });
        return command;
    }
}
