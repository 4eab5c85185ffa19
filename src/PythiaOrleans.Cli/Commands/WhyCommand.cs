using System.CommandLine;
using PythiaOrleans.Cli.Display;
using PythiaOrleans.Cli.Hosting;
using PythiaOrleans.Cli.Options;
using PythiaOrleans.Core.Ids;
using PythiaOrleans.Core.Sweeps;
using PythiaOrleans.Server.Planning;

namespace PythiaOrleans.Cli.Commands;

/// <summary><c>pythia why</c>: why a checkpoint is where it is.</summary>
internal static class WhyCommand
{
    public static Command Create()
    {
        var checkpoint = new Argument<string>("checkpoint") { Description = "The checkpoint, as status prints it: pythia-160m@step3000." };
        var sweep = new Option<string?>("--sweep") { Description = "One sweep. Default: all of the store that ask for the checkpoint." };
        var store = SharedOptions.Store();
        var json = SharedOptions.Json();
        var cluster = new ClusterChoice();
        var command = new Command(
            "why",
            "Say why a checkpoint's results are pending, done, slow or quarantined, and how its inputs differ from those of other "
                + "results.") { checkpoint, sweep, store, json };
        cluster.AddTo(command);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var id = Parse(parsed.GetValue(checkpoint)!);
            var folder = parsed.GetValue(store)!;
            var results = await StoreAccess.OpenAsync(folder, cancellationToken);
            await using var silos = await cluster.TryConnectAsync(parsed, folder, cancellationToken);
            var explainer = new ShardExplainer(
                results, async task => silos is null ? null : await silos.Dispatcher.FindAsync(task), PluginOption.Load(parsed).Analyses);
            var explanations = new List<ShardExplanation>();
            foreach (var spec in await SweepsAsync(results, parsed.GetValue(sweep), id, cancellationToken))
            {
                explanations.AddRange(await explainer.ExplainAsync(spec, id, cancellationToken));
            }

            Print(explanations, parsed.GetValue(json));
            return ExitCode.Done;
        });
        return command;
    }

    private static CheckpointId Parse(string text)
    {
        try
        {
            return CheckpointId.Parse(text);
        }
        catch (FormatException error)
        {
            throw new ArgumentException(error.Message, error);
        }
    }

    private static async Task<IReadOnlyList<SweepSpec>> SweepsAsync(
        ResultStore store, string? name, CheckpointId checkpoint, CancellationToken cancellationToken)
    {
        if (name is not null)
        {
            return [await store.FindSweepAsync(name, cancellationToken)];
        }

        var asking = new List<SweepSpec>();
        foreach (var sweep in await store.ListSweepsAsync(cancellationToken))
        {
            if (await StoredProgress.FindProblemAsync(store, sweep, cancellationToken) is { Problem: { } problem })
            {
                Output.Note(problem); // it must not hide the others
                continue;
            }

            var spec = await store.FindSweepAsync(sweep, cancellationToken);
            if (spec.Models.Contains(checkpoint.Model) && spec.Steps.Contains(checkpoint.Step))
            {
                asking.Add(spec);
            }
        }

        return asking.Count > 0
            ? asking
            : throw new ArgumentException(
                $"No sweep of {store.Blobs.Name} asks for {checkpoint}: so it is not computed. `pythia status` lists the sweeps.");
    }

    private static void Print(IReadOnlyList<ShardExplanation> explanations, bool json)
    {
        if (json)
        {
            Output.Json(explanations);
            return;
        }

        foreach (var sweep in explanations.GroupBy(explanation => explanation.Sweep))
        {
            Output.Line($"In sweep '{sweep.Key}':");
            foreach (var explanation in sweep)
            {
                Output.Line($"  {explanation.Key.Analysis}: {explanation.State}");
                foreach (var reason in explanation.Reasons)
                {
                    Output.Line($"    {reason}");
                }
            }
        }
    }
}
