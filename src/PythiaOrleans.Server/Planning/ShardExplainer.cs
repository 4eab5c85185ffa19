using System.Globalization;
using System.Text.Json;
using PythiaOrleans.Analyses;
using PythiaOrleans.Cluster.Contracts;
using PythiaOrleans.Core.Ids;
using PythiaOrleans.Core.Sweeps;
using PythiaOrleans.Core.Tables;

namespace PythiaOrleans.Server.Planning;

/// <summary>Says of a checkpoint why each analysis is pending, done, done again, slow or quarantined.</summary>
/// <param name="store">Results, records and failures.</param>
/// <param name="find">Asks the cluster where a task is; answers null where it has none, or where there is no cluster.</param>
/// <param name="analyses">What can be measured here.</param>
public sealed class ShardExplainer(ResultStore store, Func<TaskId, Task<TaskLocation?>> find, AnalysisRegistry analyses)
{
    // Slower than this many times the model's typical task is worth a word, where it is more than the noise of a scheduler.
    private const double SlowRatio = 3;
    private const double SlowSeconds = 1;

    private const int TypicalOf = 16;

    /// <summary>Explains a checkpoint of a sweep, analysis by analysis.</summary>
    /// <exception cref="ArgumentException">The sweep does not ask for the checkpoint.</exception>
    public async Task<IReadOnlyList<ShardExplanation>> ExplainAsync(
        SweepSpec sweep, CheckpointId checkpoint, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(sweep);
        if (!sweep.Models.Contains(checkpoint.Model) || !sweep.Steps.Contains(checkpoint.Step))
        {
            throw new ArgumentException(
                $"Sweep '{sweep.Name}' does not ask for {checkpoint}: its models are "
                    + $"{string.Join(", ", sweep.Models)}, its {sweep.Steps.Count} steps run from {sweep.Steps[0]} to {sweep.Steps[^1]}.");
        }

        var standing = await store.Ledger.ReadAsync(sweep, cancellationToken).ConfigureAwait(false);
        var stored = standing[checkpoint.Model].Listing;
        var failure = standing.Failures.FirstOrDefault(failure => failure.Checkpoint == checkpoint);
        var where = await find(new TaskId(sweep.Name, checkpoint)).ConfigureAwait(false);
        var explanations = new List<ShardExplanation>();
        foreach (var key in sweep.Analyses.Select(analysis => new ResultKey(checkpoint, analysis)))
        {
            (ShardState state, IReadOnlyList<string> reasons) = stored.Contains(key.Analysis, checkpoint.Step)
                ? (ShardState.Committed, await WhyCommittedAsync(key, stored, cancellationToken).ConfigureAwait(false))
                : where is not null ? WhyOpen(where.Of(key.Analysis))
                : failure?.Analyses.Contains(key.Analysis) ?? false ? (ShardState.Quarantined, Quarantined(failure, sweep))
                : (
                    ShardState.Pending,
                    ["no cluster that was asked has a task for it: the sweep does not run now. `pythia sweep` or `pythia resume` computes "
                        + "it."]);
            explanations.Add(
                new ShardExplanation(
                    sweep.Name,
                    key,
                    state,
                    [.. reasons, .. await RelativesAsync(sweep, key, stored, cancellationToken).ConfigureAwait(false)]));
        }

        return explanations;
    }

    // Null is a part that has ended without this result, while the shard's other parts have not.
    private static (ShardState State, IReadOnlyList<string> Reasons) WhyOpen(TaskLocation? part) => part switch
    {
        null => (
            ShardState.Pending,
            ["the part of the shard that was to compute it has ended without it; what becomes of it is decided when the shard's other "
                + "parts have ended, too."]),
        { Worker: not null } => (ShardState.Running, [Running(part)]),
        _ => (ShardState.Pending, Waiting(part)),
    };

    private static string Running(TaskLocation where) =>
        where.IsRunning ? $"worker {where.Worker} computes it." : $"worker {where.Worker} holds it and fetches its files.";

    private static string[] Waiting(TaskLocation where) =>
    [
        string.Create(CultureInfo.InvariantCulture, $"it waits for a worker; {where.Ahead} tasks are more urgent or larger."),
        .. where.Attempts > 0 ? [$"it failed {where.Attempts} times and waits before the next attempt."] : Array.Empty<string>(),
        .. where.Delays > 0 ? [$"store or hub were away {where.Delays} times; that does not count as an attempt."] : Array.Empty<string>(),
        .. where.Deaths > 0 ? [$"its worker died {where.Deaths} times while computing it."] : Array.Empty<string>(),
    ];

    private static string[] Quarantined(ShardFailure failure, SweepSpec sweep) =>
    [
        $"{failure.Kind} after {failure.Attempts} attempts, {failure.At:u}: {failure.Message}",
        $"repair what it names, then `pythia resume {sweep.Name}`.",
    ];

    private async Task<string[]> WhyCommittedAsync(ResultKey key, ModelListing stored, CancellationToken cancellationToken)
    {
        if (await store.ReadRunAsync(key, cancellationToken).ConfigureAwait(false) is not { } run)
        {
            return ["the result exists; who made it was not recorded."];
        }

        var made = string.Create(
            CultureInfo.InvariantCulture,
            $"computed on {run.Host} at {run.FinishedAt:u}, attempt {run.Attempt}: {run.LoadSeconds:0.000} s to load, "
                + $"{run.ComputeSeconds:0.000} s to compute, {run.Rows} rows.");
        var others = new List<double>();
        var neighbours = stored.StepsOf(key.Analysis).ToArray()
            .Where(step => step != key.Checkpoint.Step)
            .OrderBy(step => Math.Abs(step - key.Checkpoint.Step))
            .Take(TypicalOf);
        foreach (var step in neighbours)
        {
            var other = key with { Checkpoint = key.Checkpoint with { Step = step } };
            if (await store.ReadRunAsync(other, cancellationToken).ConfigureAwait(false) is { } record)
            {
                others.Add(record.ComputeSeconds);
            }
        }

        others.Sort();
        var typical = others.Count == 0 ? double.PositiveInfinity : others[others.Count / 2];
        return run.ComputeSeconds > Math.Max(SlowRatio * typical, typical + SlowSeconds)
            ? [made, string.Create(
                CultureInfo.InvariantCulture,
                $"that is slow: its neighbours took {typical:0.000} s. The host was busy, or its memory was short.")]
            : [made];
    }

    // A result under another fingerprint is another measurement; what differs between them is why this one is not a cache hit.
    private async Task<IEnumerable<string>> RelativesAsync(
        SweepSpec sweep, ResultKey key, ModelListing stored, CancellationToken cancellationToken)
    {
        var relatives = stored.Analyses
            .Where(other => other.Name == key.Analysis.Name && other != key.Analysis && stored.Contains(other, key.Checkpoint.Step))
            .Select(other => key with { Analysis = other });
        var lines = new List<string>();
        foreach (var relative in relatives)
        {
            if (await store.Blobs.ReadAsync(relative.Path, cancellationToken).ConfigureAwait(false) is { } bytes)
            {
                var (_, provenance) = await ResultParquet.ReadAsync(bytes, cancellationToken, []).ConfigureAwait(false);
                lines.Add(
                    $"{relative.Analysis} exists too, and is another measurement: "
                        + $"{Difference(provenance.GetValueOrDefault("fingerprint_of"), InputsOf(sweep, key.Analysis))}.");
            }
        }

        return lines;
    }

    private string? InputsOf(SweepSpec sweep, AnalysisId analysis) =>
        analyses.Create(AnalysisSettings.FromSweep(sweep))
            .Select(known => known.Description)
            .Where(description => description.Id == analysis)
            .Select(description => AnalysisId.Describe(description.Name, description.Version, description.Parameters))
            .FirstOrDefault();

    private static string Difference(string? theirs, string? ours)
    {
        if (theirs is null || ours is null)
        {
            return "its inputs are not known to this version";
        }

        var (there, here) = (Flat(theirs), Flat(ours));
        return string.Join("; ", there.Keys.Union(here.Keys).Order(StringComparer.Ordinal)
            .Where(name => there.GetValueOrDefault(name) != here.GetValueOrDefault(name))
            .Select(
                name =>
                    $"{name} is {there.GetValueOrDefault(name) ?? "absent"} there and {here.GetValueOrDefault(name) ?? "absent"} here"));
    }

    private static Dictionary<string, string> Flat(string json)
    {
        using var inputs = JsonDocument.Parse(json);
        return inputs.RootElement.GetProperty("parameters").EnumerateObject()
            .Append(inputs.RootElement.EnumerateObject().First(property => property.NameEquals("version")))
            .ToDictionary(property => property.Name, property => property.Value.ToString(), StringComparer.Ordinal);
    }
}
