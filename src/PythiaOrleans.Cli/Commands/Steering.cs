using System.CommandLine;
using PythiaOrleans.Cli.Display;
using PythiaOrleans.Cli.Hosting;
using PythiaOrleans.Cli.Options;
using PythiaOrleans.Cluster.Contracts;

namespace PythiaOrleans.Cli.Commands;

/// <summary>What commands that steer a running sweep have in common.</summary>
internal static class Steering
{
    public static Command Create(string name, string description, Func<ISweepGrain, Task> act)
    {
        var sweep = SharedOptions.Sweep();
        var store = SharedOptions.Store();
        var json = SharedOptions.Json();
        var command = new Command(name, description) { sweep, store, json };
        var choice = new ClusterChoice();
        choice.AddTo(command);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var folder = parsed.GetValue(store)!;
            await using var cluster = await choice.TryConnectAsync(parsed, folder, cancellationToken)
                ?? throw new InvalidOperationException(
                    $"No process works on {folder} now, so there is nothing to {name}. `pythia status --store {folder}` shows what is "
                        + "there.");
            var grain = cluster.Sweep(parsed.GetValue(sweep)!);
            await ClusterRetry.DoAsync(() => act(grain), cancellationToken);
            var progress = await ClusterRetry.AskAsync(grain.GetProgressAsync, cancellationToken);
            if (parsed.GetValue(json))
            {
                Output.Json(progress);
            }
            else
            {
                Output.Line($"{progress.Sweep}: {progress.State}, {progress.Done} of {progress.Total} shards.");
            }

            return ExitCode.Done;
        });
        return command;
    }
}
