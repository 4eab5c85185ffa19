using PythiaOrleans.Analyses;
using PythiaOrleans.Checkpoints.Catalog;
using PythiaOrleans.Cli.Display;
using PythiaOrleans.Cluster.Contracts;
using PythiaOrleans.Core.Sweeps;
using PythiaOrleans.Server.Execution;
using PythiaOrleans.Server.Planning;

namespace PythiaOrleans.Cli.Hosting;

/// <summary>Starts a sweep, shows it until it ends, says how it ended.</summary>
internal static class SweepRun
{
    private const int ShownFailures = 3;

    /// <summary>Runs what is missing.</summary>
    public static async Task<SweepProgress> ToEndAsync(
        ClusterConnection cluster, SweepSpec spec, ModelCatalog catalog, AnalysisRegistry analyses, CancellationToken cancellationToken,
        bool extend = false)
    {
        if (cluster.HttpAddress is { } address)
        {
            Output.Note($"Watch it in a browser: {address}");
        }

        var sweep = cluster.Sweep(spec.Name);
        await ClusterRetry.DoAsync(() => extend ? sweep.ExtendAsync(spec) : sweep.StartAsync(spec), cancellationToken);
        var progress = await FollowAsync(sweep, cancellationToken, Costs(spec, catalog, analyses));
        await ShowFailuresAsync(sweep, progress, cancellationToken);
        return progress;
    }

    /// <summary>Says what went wrong with the first shards that were given up; <c>pythia status</c> tells of all.</summary>
    public static async Task ShowFailuresAsync(ISweepGrain sweep, SweepProgress progress, CancellationToken cancellationToken)
    {
        if (progress.Quarantined == 0)
        {
            return;
        }

        foreach (var failure in await ClusterRetry.AskAsync(() => sweep.GetFailuresAsync(0, ShownFailures), cancellationToken))
        {
            Output.Note($"{failure.Checkpoint} failed: {failure.Message}");
        }

        if (progress.Quarantined > ShownFailures)
        {
            Output.Note($"{progress.Quarantined - ShownFailures} more failed.");
        }
    }

    /// <summary>Shows progress until the sweep has ended, or no silo runs it any more.</summary>
    public static Task<SweepProgress> FollowAsync(
        ISweepGrain sweep, CancellationToken cancellationToken, IReadOnlyDictionary<string, double>? costs = null) =>
        new ProgressView(TimeProvider.System, costs).FollowAsync(
            () => ClusterRetry.AskAsync(sweep.GetProgressAsync, cancellationToken, waitsForStorage: true),
            new SweepWatch(TimeProvider.System).IsOver,
            cancellationToken);

    /// <summary>What one shard of each model takes of a core, in seconds; models that cannot be read are left out.</summary>
    /// <param name="spec">The sweep.</param>
    /// <param name="catalog">Its models.</param>
    /// <param name="known">The analyses that can be asked for, those of plugins included.</param>
    public static IReadOnlyDictionary<string, double> Costs(SweepSpec spec, ModelCatalog catalog, AnalysisRegistry known)
    {
        var names = spec.Analyses.Select(analysis => analysis.Name).ToHashSet(StringComparer.Ordinal);
        var analyses = known.Create(AnalysisSettings.FromSweep(spec))
            .Where(analysis => names.Contains(analysis.Description.Name)).ToArray();
        return spec.Models.Select(catalog.TryFind).OfType<ModelEntry>().Where(model => model.FindProblem() is null).ToDictionary(
            model => model.Name,
            model => CostModel.OfReference
                .Estimate(sizeof(float) * (long)model.Shape.ParameterCount, model.Shape, analyses, spec.Batch).TotalSeconds);
    }

    /// <summary>Prints the summary and gives the exit code.</summary>
    public static int Summarize(SweepProgress progress, string store, bool json)
    {
        if (json)
        {
            Output.Json(new { progress, store = Path.GetFullPath(store) });
        }
        else
        {
            Output.Line(
                $"Sweep '{progress.Sweep}': {progress.Total} shards, {progress.AlreadyDone} already done, "
                    + $"{progress.Done - progress.AlreadyDone} computed, "
                + $"{progress.Quarantined} failed{(progress.Cancelled > 0 ? $", {progress.Cancelled} cancelled" : "")}.");
            Output.Line($"Results: {Path.Combine(store, "results")}");
            Output.Line($"Series:  {Path.Combine(store, "series", progress.Sweep)}");
            if (progress.Quarantined > 0)
            {
                Output.Line(
                    $"Failures: `pythia status {progress.Sweep} --store {store}`; repair the files, then `pythia resume {progress.Sweep} "
                        + $"--store {store}`.");
            }
        }

        if (progress.Problem is { } problem)
        {
            Output.Note($"Sweep '{progress.Sweep}' has a problem: {problem}");
            return ExitCode.Failed;
        }

        if (!progress.HasEnded)
        {
            Output.Note(
                $"No silo runs sweep '{progress.Sweep}' any more: its coordinator's silo died, and no other has taken it up. "
                    + $"`pythia resume {progress.Sweep}` goes on.");
            return ExitCode.Failed;
        }

        return CodeOf(progress);
    }

    /// <summary>What the exit code says of a sweep: a problem comes before quarantined shards.</summary>
    public static int CodeOf(SweepProgress progress) => progress switch
    {
        { Problem: not null } => ExitCode.Failed,
        { Quarantined: > 0 } => ExitCode.Partial,
        _ => ExitCode.Done,
    };
}
