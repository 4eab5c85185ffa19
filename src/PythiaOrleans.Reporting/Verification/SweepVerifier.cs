using System.Collections.Concurrent;
using System.Security.Cryptography;
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
    private const string Remedy = "Delete the file and run the sweep again.";

    /// <summary>Verifies everything that the sweep asks for.</summary>
    /// <param name="sweep">The sweep.</param>
    /// <param name="progress">Told how many results were looked at.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    public async Task<VerificationReport> VerifyAsync(SweepSpec sweep, IProgress<int>? progress, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(sweep);
        var keys =
            sweep.Checkpoints().SelectMany(_ => sweep.Analyses, (checkpoint, analysis) => new ResultKey(checkpoint, analysis)).ToArray();
        var rows = new ConcurrentDictionary<ResultKey, int>();
        var missing = new ConcurrentBag<ResultKey>();
        var damaged = new ConcurrentBag<string>();
        var unreadable = new ConcurrentDictionary<ResultKey, bool>();
        var (seen, unrecorded) = (0, 0);
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = ParallelReads, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(keys, parallel, async (key, token) =>
        {
            var (found, record, problem) = await ReadAsync(key, token).ConfigureAwait(false);
            if (problem is not null)
            {
                damaged.Add(problem);
                unreadable[key] = true;
            }
            else if (found is null)
            {
                missing.Add(key);
            }
            else
            {
                rows[key] = found.Value;
                Interlocked.Add(ref unrecorded, record is null ? 1 : 0);
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
            [.. damaged.Order(StringComparer.Ordinal)], unrecorded);
    }

    private async Task<(int? Rows, RunRecord? Record, string? Problem)> ReadAsync(ResultKey key, CancellationToken cancellationToken)
    {
        if (await store.Blobs.ReadAsync(key.Path, cancellationToken).ConfigureAwait(false) is not { } bytes)
        {
            return (null, null, null);
        }

        var record = await store.ReadRunAsync(key, cancellationToken).ConfigureAwait(false);
        var digest = Convert.ToHexStringLower(SHA256.HashData(bytes));
        if (record is not null && record.Sha256 != digest)
        {
            return (
                null, record,
                $"{key.Path}: expected the bytes with sha256 {record.Sha256} that were committed, found {digest}. {Remedy}");
        }

        try
        {
            var (table, provenance) = await ResultParquet.ReadAsync(bytes, cancellationToken).ConfigureAwait(false);
            return (table.Count, record, Problem(key, table.Count, record, provenance));
        }
        catch (InvalidDataException error)
        {
            return (null, record, $"{key.Path}: {error.Message} {Remedy}");
        }
    }

    private static string? Problem(ResultKey key, int rows, RunRecord? record, IReadOnlyDictionary<string, string> provenance)
    {
        if (record is not null && record.Rows != rows)
        {
            return $"{key.Path}: expected {record.Rows} rows, as its record says, found {rows}. {Remedy}";
        }

        var measured = provenance.GetValueOrDefault("checkpoint");
        return measured == key.Checkpoint.ToString()
            ? null
            : $"{key.Path}: expected a result of {key.Checkpoint}, found one of {measured ?? "an unnamed checkpoint"}. {Remedy}";
    }

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
