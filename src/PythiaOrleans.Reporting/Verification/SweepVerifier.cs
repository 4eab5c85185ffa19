using System.Collections.Concurrent;
using PythiaOrleans.Core.Ids;
using PythiaOrleans.Core.Sweeps;
using PythiaOrleans.Core.Tables;
using PythiaOrleans.Reporting.Series;

namespace PythiaOrleans.Reporting.Verification;

/// <summary>Reads a sweep's results back: every key exists, digests and row counts are those of the records, each series holds each row
/// once.</summary>
/// <param name="store">Where they are.</param>
public sealed class SweepVerifier(ResultStore store)
{
    private const int ParallelReads = 8;

    /// <summary>Verifies everything that the sweep asks for.</summary>
    /// <param name="sweep">The sweep.</param>
    /// <param name="progress">Told how many results were looked at.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <param name="repair">Whether damaged results are put aside, so that the sweep computes them again.</param>
    public async Task<VerificationReport> VerifyAsync(
        SweepSpec sweep, IProgress<int>? progress, CancellationToken cancellationToken, bool repair = false)
    {
        ArgumentNullException.ThrowIfNull(sweep);
        var keys =
            sweep.Checkpoints().SelectMany(_ => sweep.Analyses, (checkpoint, analysis) => new ResultKey(checkpoint, analysis)).ToArray();
        var rows = new ConcurrentDictionary<ResultKey, int>();
        var missing = new ConcurrentBag<ResultKey>();
        var damaged = new ConcurrentBag<string>();
        var digests = new ConcurrentBag<(ResultKey Key, string Digest)>();
        var unreadable = new ConcurrentDictionary<ResultKey, bool>();
        var putAside = new ConcurrentBag<string>();
        var (seen, unrecorded) = (0, 0);
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = ParallelReads, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(keys, parallel, async (key, token) =>
        {
            var result = await store.InspectAsync(key, _ => true, token).ConfigureAwait(false);
            if (result is null)
            {
                missing.Add(key);
            }
            else if (result.Damage is null)
            {
                rows[key] = result.Table!.Count;
                if (result.CheckpointDigest is { } digest)
                {
                    digests.Add((key, digest));
                }

                Interlocked.Add(ref unrecorded, result.Record is null ? 1 : 0);
            }
            else if (repair && await store.PutAsideAsync(result, token).ConfigureAwait(false))
            {
                unreadable[key] = true;
                missing.Add(key);
                putAside.Add(result.Damage);
            }
            else
            {
                unreadable[key] = true;
                damaged.Add($"{result.Damage} `pythia verify {sweep.Name} --repair` puts it aside.");
            }

            progress?.Report(Interlocked.Increment(ref seen));
        }).ConfigureAwait(false);

        foreach (var analysis in sweep.Analyses)
        {
            if (await ProblemOfSeriesAsync(sweep, analysis, rows, unreadable.ContainsKey, cancellationToken)
                .ConfigureAwait(false) is { } problem)
            {
                damaged.Add(problem);
            }
        }

        return new VerificationReport(
            sweep.Name, keys.Length, rows.Count,
            [.. missing.OrderBy(key => key.Checkpoint).ThenBy(key => key.Analysis.Name, StringComparer.Ordinal)],
            [.. damaged.Order(StringComparer.Ordinal)], unrecorded, [.. putAside.Order(StringComparer.Ordinal)])
        {
            Warnings = [.. FindMixed(digests)],
        };
    }

    private static string Name(IEnumerable<string> analyses) => string.Join(", ", analyses.Order(StringComparer.Ordinal));

    // A publisher replaced the files between two analyses: each result is sound, and together they are of no one checkpoint.
    private static IEnumerable<string> FindMixed(IEnumerable<(ResultKey Key, string Digest)> digests) =>
        from result in digests
        group result by result.Key.Checkpoint into checkpoint
        let versions = checkpoint.GroupBy(result => result.Digest, result => result.Key.Analysis.Name).ToArray()
        where versions.Length > 1
        orderby checkpoint.Key
        select $"{checkpoint.Key}: its results were made from {versions.Length} versions of its weights: "
            + string.Join("; ", versions.Select(Name).Order(StringComparer.Ordinal))
            + ". `pythia sweep ... --refresh` makes them agree.";

    // How many rows a damaged result should give is not known: what its series holds of it is no second problem.
    private async Task<string?> ProblemOfSeriesAsync(
        SweepSpec sweep,
        AnalysisId analysis,
        IReadOnlyDictionary<ResultKey, int> rows,
        Func<ResultKey, bool> isUnreadable,
        CancellationToken cancellationToken)
    {
        var path = SeriesCompactor.PathOf(sweep.Name, analysis.Name);
        var wanted = rows.Where(result => result.Key.Analysis == analysis && result.Value > 0)
            .ToDictionary(result => result.Key.Checkpoint, result => result.Value);
        ResultTable? series;
        try
        {
            series = await new SeriesReader(store.Blobs)
                .ReadAsync(sweep.Name, analysis.Name, cancellationToken, ["model", "step"])
                .ConfigureAwait(false);
        }
        catch (InvalidDataException error)
        {
            return error.Message;
        }

        if (series is null)
        {
            return wanted.Count == 0
                ? null
                : $"{path}: expected the series of {wanted.Count} results, found none. `pythia report {sweep.Name}` writes it.";
        }

        var found = series.Read<string>("model")
            .Zip(series.Read<int>("step"), (model, step) => new CheckpointId(model, step))
            .CountBy(checkpoint => checkpoint)
            .ToDictionary();
        var wrong = wanted.Keys.Union(found.Keys).Order()
            .Where(checkpoint => wanted.GetValueOrDefault(checkpoint) != found.GetValueOrDefault(checkpoint)
                && !isUnreadable(new ResultKey(checkpoint, analysis)))
            .ToArray();
        return wrong.Length == 0
            ? null
            : $"{path}: expected {wanted.GetValueOrDefault(wrong[0])} rows of {wrong[0]}, found {found.GetValueOrDefault(wrong[0])}"
                + (wrong.Length > 1 ? $", and other counts for {wrong.Length - 1} more checkpoints" : "")
                + $". `pythia report {sweep.Name}` writes it again.";
    }
}
