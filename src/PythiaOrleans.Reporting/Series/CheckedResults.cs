using System.Collections.Concurrent;
using PythiaOrleans.Core.Ids;
using PythiaOrleans.Core.Sweeps;
using PythiaOrleans.Core.Tables;

namespace PythiaOrleans.Reporting.Series;

/// <summary>Reads results and compares each with its record the first time. A damaged one is put aside, so that it counts as missing.</summary>
/// <param name="store">Where the results are.</param>
internal sealed class CheckedResults(ResultStore store)
{
    // Enough for a sweep of six models by 143 checkpoints by a dozen analyses; beyond, results are checked again.
    private const int MaxRemembered = 100_000;

    private readonly ConcurrentDictionary<ResultKey, bool> _sound = new();

    /// <summary>The columns of a result that are wanted; null where the result was damaged, and then it is among the damaged ones.</summary>
    /// <exception cref="DamagedResultsException">The result was deleted since it was listed.</exception>
    public async Task<ResultTable?> ReadAsync(
        ResultKey key, Func<ColumnSchema, bool> wanted, ConcurrentBag<StoredResult> damaged, CancellationToken cancellationToken)
    {
        if (_sound.ContainsKey(key))
        {
            try
            {
                return await store.ReadAsync(key, wanted, cancellationToken).ConfigureAwait(false) ?? throw Deleted(key);
            }
            catch (InvalidDataException)
            {
                _sound.TryRemove(key, out _); // damaged since
            }
        }

        var result = await store.InspectAsync(key, wanted, cancellationToken).ConfigureAwait(false) ?? throw Deleted(key);
        if (result.Damage is not null)
        {
            await store.PutAsideAsync(result, cancellationToken).ConfigureAwait(false);
            damaged.Add(result);
        }
        else if (_sound.Count < MaxRemembered)
        {
            _sound[key] = true;
        }

        return result.Table;
    }

    /// <summary>A series with damaged results would be wrong without a word, and one without them would be called complete.</summary>
    /// <exception cref="DamagedResultsException">There are damaged results.</exception>
    public static void ThrowIfAny(ConcurrentBag<StoredResult> damaged)
    {
        if (damaged.MinBy(result => result.Key.Path, StringComparer.Ordinal) is { } first)
        {
            throw new DamagedResultsException(
                [.. damaged.Select(result => result.Key).Distinct().OrderBy(key => key.Checkpoint)], first.Damage!);
        }
    }

    private static DamagedResultsException Deleted(ResultKey key) => new([key], $"{key.Path} was deleted while its series was written.");
}
