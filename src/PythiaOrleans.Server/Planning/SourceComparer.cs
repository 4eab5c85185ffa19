using System.Collections.Concurrent;
using PythiaOrleans.Checkpoints.Opening;
using PythiaOrleans.Checkpoints.Sources;
using PythiaOrleans.Core.Ids;
using PythiaOrleans.Core.Storage;
using PythiaOrleans.Core.Sweeps;

namespace PythiaOrleans.Server.Planning;

/// <summary>
/// Compares what a sweep's results were made from with what its source serves now: a publisher corrects an upload, and the step keeps its
/// name. Reads no weights: signs come from the hub's tree, or from a few places of each file.
/// </summary>
/// <param name="sources">Opens the sweep's source.</param>
/// <param name="store">Where the results are.</param>
public sealed class SourceComparer(CheckpointSources sources, ResultStore store)
{
    // Enough to hide the round trips of blob storage and of the hub.
    private const int ParallelReads = 16;

    /// <summary>Compares every stored result of the sweep.</summary>
    /// <param name="sweep">The sweep.</param>
    /// <param name="askSource">False compares results with each other only.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <exception cref="DirectoryNotFoundException">The source is a folder that this machine does not have.</exception>
    /// <exception cref="SourceUnavailableException">The source does not answer.</exception>
    public async Task<SourceComparison> CompareAsync(SweepSpec sweep, bool askSource, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(sweep);
        var standing = await store.Ledger.ReadFreshAsync(sweep, cancellationToken).ConfigureAwait(false);
        ResultKey[] keys = [.. sweep.Analyses.SelectMany(standing.Committed)];
        var records = await ReadRecordsAsync(keys, cancellationToken).ConfigureAwait(false);
        var served = askSource
            ? await AskAsync(sweep, records.Values.SelectMany(signs => signs.Keys).ToHashSet(), cancellationToken).ConfigureAwait(false)
            : [];
        var changed = from record in records
                      from sign in record.Value
                      where served.TryGetValue(sign.Key, out var now) && SourceSigns.Differ(sign.Value, now)
                      orderby record.Key.Checkpoint, record.Key.Analysis.Name
                      select new ChangedResult(record.Key, sign.Key, sign.Value, served[sign.Key]);
        return new SourceComparison(
            [.. changed.DistinctBy(result => result.Result)], FindMixed(records.Values), keys.Length - records.Count);
    }

    /// <summary>
    /// Puts results aside, as FILE.replaced, so that the sweep computes them again; series that hold them are deleted, and written again
    /// when they are next needed.
    /// </summary>
    /// <returns>How many were put aside.</returns>
    public async Task<int> PutAsideAsync(SourceComparison comparison, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(comparison);
        var count = 0;
        foreach (var changed in comparison.Changed)
        {
            if (await store.InspectAsync(changed.Result, _ => false, cancellationToken).ConfigureAwait(false) is { } result
                && await store.PutAsideAsync(result, cancellationToken, ResultStore.ReplacedSuffix).ConfigureAwait(false))
            {
                count++;
            }
        }

        string[] analyses = [.. comparison.Changed.Select(changed => $"/{changed.Result.Analysis.Name}.parquet").Distinct()];
        var series = new List<string>();
        await foreach (var name in store.Blobs.ListAsync("series/", cancellationToken).ConfigureAwait(false))
        {
            series.AddRange(analyses.Any(analysis => name.EndsWith(analysis, StringComparison.Ordinal)) ? [name] : []);
        }

        foreach (var name in series)
        {
            await store.Blobs.DeleteAsync(name, cancellationToken).ConfigureAwait(false);
        }

        return count;
    }

    // Only results whose record says what they were made from.
    private async Task<ConcurrentDictionary<ResultKey, IReadOnlyDictionary<CheckpointId, string>>> ReadRecordsAsync(
        ResultKey[] keys, CancellationToken cancellationToken)
    {
        var records = new ConcurrentDictionary<ResultKey, IReadOnlyDictionary<CheckpointId, string>>();
        await Parallel.ForEachAsync(keys, Options(cancellationToken), async (key, token) =>
        {
            try
            {
                if (await store.ReadRunAsync(key, token).ConfigureAwait(false) is { SourceBytes: { } signs })
                {
                    records[key] = signs.ToDictionary(sign => CheckpointId.Parse(sign.Key), sign => sign.Value);
                }
            }
            catch (Exception error) when (error is InvalidDataException or FormatException)
            {
                // A record is best effort: one that cannot be read says nothing.
            }
        }).ConfigureAwait(false);
        return records;
    }

    private async Task<ConcurrentDictionary<CheckpointId, string>> AskAsync(
        SweepSpec sweep, IReadOnlySet<CheckpointId> checkpoints, CancellationToken cancellationToken)
    {
        var source = sources.Open(sweep.Source);
        var signs = new ConcurrentDictionary<CheckpointId, string>();
        await Parallel.ForEachAsync(checkpoints, Options(cancellationToken), async (checkpoint, token) =>
        {
            try
            {
                if (await source.SignAsync(checkpoint, token).ConfigureAwait(false) is { } sign)
                {
                    signs[checkpoint] = sign;
                }
            }
            catch (AccessDeniedException)
            {
                // What may not be looked at cannot be compared; the task that computes the checkpoint says so.
            }
        }).ConfigureAwait(false);
        return signs;
    }

    private static CheckpointId[] FindMixed(IEnumerable<IReadOnlyDictionary<CheckpointId, string>> records) =>
    [
        .. records.SelectMany(signs => signs)
            .GroupBy(sign => sign.Key, sign => sign.Value)
            .Where(signs => signs.Distinct().ToArray() is var all && all.Any(sign => SourceSigns.Differ(all[0], sign)))
            .Select(signs => signs.Key)
            .Order(),
    ];

    private static ParallelOptions Options(CancellationToken cancellationToken) =>
        new() { MaxDegreeOfParallelism = ParallelReads, CancellationToken = cancellationToken };
}
