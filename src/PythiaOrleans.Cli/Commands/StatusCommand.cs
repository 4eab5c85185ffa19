using System.CommandLine;
using System.Globalization;
using PythiaOrleans.Checkpoints.Opening;
using PythiaOrleans.Cli.Display;
using PythiaOrleans.Cli.Hosting;
using PythiaOrleans.Cli.Options;
using PythiaOrleans.Cluster.Contracts;
using PythiaOrleans.Core.Sweeps;
using PythiaOrleans.Server.Planning;

namespace PythiaOrleans.Cli.Commands;

/// <summary><c>pythia status</c>: where sweeps stand, whether they run or not.</summary>
internal static class StatusCommand
{
    private const int MaxFailuresShown = 20;

    public static Command Create()
    {
        var name = new Argument<string?>("sweep")
        {
            Description = "One sweep. Default: all of the store.",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var store = SharedOptions.Store();
        var json = SharedOptions.Json();
        var source = new Option<bool>("--source")
        {
            Description = "Ask the sweep's source too whether it still serves the bytes that were measured. Folders are always asked.",
        };
        var watch = new Option<bool>("--watch") { Description = "Follow a running sweep until it ends." };
        var command = new Command(
            "status", "Show where sweeps stand: running in another terminal, or as the store holds them.")
        {
            name, store, json, watch, source,
        };
        var choice = new ClusterChoice();
        choice.AddTo(command);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var folder = parsed.GetValue(store)!;
            var results = await StoreAccess.OpenExistingAsync(folder, cancellationToken);
            await using var cluster = await choice.TryConnectAsync(parsed, folder, cancellationToken);
            if (parsed.GetValue(name) is not { } sweep)
            {
                return await ListAsync(results, cluster, parsed.GetValue(json), cancellationToken);
            }

            if (cluster is not null && parsed.GetValue(watch))
            {
                await SweepRun.FollowAsync(cluster.Sweep(sweep), cancellationToken);
            }

            var progress = await ReadProgressAsync(results, cluster, sweep, cancellationToken);
            var failures = cluster is not null
                ? await ClusterRetry.AskAsync(() => cluster.Sweep(sweep).GetFailuresAsync(0, int.MaxValue), cancellationToken)
                : await results.ReadFailuresAsync(sweep, cancellationToken);
            Show(progress, failures, parsed.GetValue(json));
            await CompareAsync(results, sweep, parsed.GetValue(source), cancellationToken);
            return SweepRun.CodeOf(progress);
        });
        return command;
    }

    private static async Task<int> ListAsync(ResultStore store, ClusterConnection? cluster, bool json, CancellationToken cancellationToken)
    {
        var all = new List<SweepProgress>();
        foreach (var sweep in await store.ListSweepsAsync(cancellationToken))
        {
            // A sweep whose spec cannot be read must not hide the others.
            all.Add(await StoredProgress.FindProblemAsync(store, sweep, cancellationToken)
                ?? await ReadProgressAsync(store, cluster, sweep, cancellationToken));
        }

        if (json)
        {
            Output.Json(all);
            return ListCode(all);
        }

        var table = new TextTable("sweep", "state", "done", "of", "quarantined");
        foreach (var sweep in all)
        {
            table.Add(sweep.Sweep, State(sweep), Number(sweep.Done), Number(sweep.Total), Number(sweep.Quarantined));
        }

        table.Print();
        foreach (var sweep in all.Where(sweep => sweep.Problem is not null))
        {
            Output.Line($"{sweep.Sweep}: {sweep.Problem}");
        }

        foreach (var sweep in all.Where(sweep => sweep.Delayed is not null))
        {
            Output.Line($"{sweep.Sweep}: {sweep.Delayed}");
        }

        return ListCode(all);
    }

    // A list says 1 where a sweep has a problem; quarantined shards are a column of it.
    private static int ListCode(IEnumerable<SweepProgress> all) =>
        all.Any(sweep => sweep.Problem is not null) ? ExitCode.Failed : ExitCode.Done;

    private static async Task<SweepProgress> ReadProgressAsync(
        ResultStore store, ClusterConnection? cluster, string sweep, CancellationToken cancellationToken) =>
        cluster is not null
            ? await ClusterRetry.AskAsync(cluster.Sweep(sweep).GetProgressAsync, cancellationToken)
            : await StoredProgress.ReadAsync(store, sweep, cancellationToken);

    // Signs of a folder cost nothing; the hub's need a request for each checkpoint.
    private static async Task CompareAsync(ResultStore store, string sweep, bool ask, CancellationToken cancellationToken)
    {
        if (await store.ReadSweepAsync(sweep, cancellationToken) is not { } spec)
        {
            return;
        }

        var sources = new CheckpointSources();
        SourceCheck.Warn(
            ask || CheckpointSources.IsShared(spec.Source)
                ? await new SourceCheck(sources, store).CompareAsync(spec, cancellationToken)
                : await new SourceComparer(sources, store).CompareAsync(spec, askSource: false, cancellationToken));
    }

    private static void Show(SweepProgress progress, IReadOnlyList<ShardFailure> failures, bool json)
    {
        if (json)
        {
            Output.Json(new { progress, failures });
            return;
        }

        Output.Line($"{progress.Sweep}: {State(progress)}, {progress.Done} of {progress.Total} shards, {progress.Quarantined} quarantined");
        var table = new TextTable("model", "done", "of", "quarantined");
        foreach (var model in progress.Models)
        {
            table.Add(model.Model, Number(model.Done), Number(model.Total), Number(model.Quarantined));
        }

        table.Print();
        if (progress.Problem is not null)
        {
            Output.Line($"Problem: {progress.Problem}");
        }

        if (progress.Delayed is not null)
        {
            Output.Line($"Delayed: {progress.Delayed}");
        }

        foreach (var failure in failures.Take(MaxFailuresShown))
        {
            Output.Line($"{failure.Checkpoint} ({failure.Kind}, {failure.Attempts} attempts): {failure.Message}");
        }

        if (failures.Count > MaxFailuresShown)
        {
            Output.Line($"… and {failures.Count - MaxFailuresShown} more; --json lists all.");
        }
    }

    private static string State(SweepProgress progress) => progress.State switch
    {
        SweepState.Idle when progress.Problem is not null && progress.Total == 0 => "unreadable",
        SweepState.Idle when progress.Done == progress.Total => "complete",
        SweepState.Idle => "not running",
        var state => state.ToString(),
    };

    private static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);
}
