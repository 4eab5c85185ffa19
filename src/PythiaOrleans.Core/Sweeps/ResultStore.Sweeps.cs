using PythiaOrleans.Core.Ids;

namespace PythiaOrleans.Core.Sweeps;

/// <content>What a store holds beside results: the specs of sweeps, users' orders, and what is known of failed shards.</content>
public sealed partial class ResultStore
{
    /// <summary>Creates the spec if no sweep of that name exists.</summary>
    public async Task<bool> TryCreateSweepAsync(SweepSpec sweep, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(sweep);
        var created = await Blobs.TryCreateAsync(SpecPath(sweep.Name), Json(sweep), cancellationToken).ConfigureAwait(false);
        Changes.Add(SweepsFolder);
        return created;
    }

    /// <summary>Writes the spec over the one that was there.</summary>
    public async Task WriteSweepAsync(SweepSpec sweep, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(sweep);
        await Blobs.WriteAsync(SpecPath(sweep.Name), Json(sweep), cancellationToken).ConfigureAwait(false);
        Changes.Add(SweepsFolder);
    }

    /// <summary>The spec of a sweep; null where there is none of that name.</summary>
    public Task<SweepSpec?> ReadSweepAsync(string sweep, CancellationToken cancellationToken) =>
        ReadJsonAsync<SweepSpec>(SpecPath(sweep), cancellationToken);

    /// <summary>The spec of a sweep that is known to exist.</summary>
    /// <exception cref="ArgumentException">There is none of that name; the message lists those that are.</exception>
    public async Task<SweepSpec> FindSweepAsync(string sweep, CancellationToken cancellationToken)
    {
        if (await ReadSweepAsync(sweep, cancellationToken).ConfigureAwait(false) is { } spec)
        {
            return spec;
        }

        var there = await ListSweepsAsync(cancellationToken).ConfigureAwait(false);
        throw new ArgumentException(
            $"There is no sweep '{sweep}' in {Blobs.Name}: {Suggestion.Among(sweep, there)} Give another name, or another store with "
                + "--store.");
    }

    /// <summary>The names of all sweeps.</summary>
    public async Task<IReadOnlyList<string>> ListSweepsAsync(CancellationToken cancellationToken)
    {
        var names = new List<string>();
        await foreach (var name in Blobs.ListAsync(SweepsFolder, cancellationToken).ConfigureAwait(false))
        {
            if (name.Split('/') is [_, var file] && SweepOf(file) is { } sweep)
            {
                names.Add(sweep);
            }
        }

        names.Sort(StringComparer.Ordinal); // 'a-b.json' is listed before 'a.json'
        return names;
    }

    /// <summary>The names of the sweeps of a folder, without opening it as a store; none where there is no such folder.</summary>
    public static IReadOnlyList<string> ListSweepsOf(string folder)
    {
        var sweeps = new DirectoryInfo(Path.Combine(folder, SweepsFolder));
        return sweeps.Exists
            ? [.. sweeps.EnumerateFiles().Select(file => SweepOf(file.Name)).OfType<string>().Order(StringComparer.Ordinal)]
            : [];
    }

    /// <summary>What a user ordered last of a sweep; null where nothing was, or where an earlier version wrote the store.</summary>
    /// <exception cref="InvalidDataException">The file is no order; the message names it.</exception>
    public Task<SweepOrder?> ReadOrderAsync(string sweep, CancellationToken cancellationToken) =>
        ReadJsonAsync<SweepOrder>(OrderPath(sweep), cancellationToken);

    /// <summary>Writes what a user ordered of a sweep over the order before.</summary>
    public Task WriteOrderAsync(string sweep, SweepOrder order, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(order);
        return Blobs.WriteAsync(OrderPath(sweep), Json(order), cancellationToken);
    }

    /// <summary>How often the analyses of an open shard have failed; null where they have not.</summary>
    public Task<ShardHistory?> ReadHistoryAsync(string sweep, CheckpointId checkpoint, CancellationToken cancellationToken) =>
        ReadJsonAsync<ShardHistory>(HistoryPath(sweep, checkpoint), cancellationToken);

    /// <summary>The histories of all open shards of a sweep.</summary>
    public async Task<IReadOnlyList<ShardHistory>> ReadHistoriesAsync(string sweep, CancellationToken cancellationToken)
    {
        var histories = new List<ShardHistory>();
        await foreach (var name in Blobs.ListAsync(HistoryFolder(sweep), cancellationToken).ConfigureAwait(false))
        {
            if (await ReadJsonAsync<ShardHistory>(name, cancellationToken).ConfigureAwait(false) is { } history)
            {
                histories.Add(history);
            }
        }

        return histories;
    }

    /// <summary>Records how often the analyses of an open shard have failed, so that the count survives the silo that counts.</summary>
    public Task WriteHistoryAsync(string sweep, ShardHistory history, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(history);
        return Blobs.WriteAsync(HistoryPath(sweep, history.Checkpoint), Json(history), cancellationToken);
    }

    /// <summary>Forgets the failures of a shard that has ended.</summary>
    public Task ClearHistoryAsync(string sweep, CheckpointId checkpoint, CancellationToken cancellationToken) =>
        Blobs.DeleteAsync(HistoryPath(sweep, checkpoint), cancellationToken);

    /// <summary>Forgets the histories of all shards of a sweep that has ended.</summary>
    public async Task ClearHistoriesAsync(string sweep, CancellationToken cancellationToken)
    {
        await foreach (var name in Blobs.ListAsync(HistoryFolder(sweep), cancellationToken).ConfigureAwait(false))
        {
            await Blobs.DeleteAsync(name, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Records the last error of a quarantined shard.</summary>
    public async Task WriteFailureAsync(string sweep, ShardFailure failure, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(failure);
        await Blobs.WriteAsync(FailurePath(sweep, failure.Checkpoint), Json(failure), cancellationToken).ConfigureAwait(false);
        Changes.Add(FailureFolder(sweep));
    }

    /// <summary>Deletes a shard's error, when it is to be tried again or was committed.</summary>
    public async Task ClearFailureAsync(string sweep, CheckpointId checkpoint, CancellationToken cancellationToken)
    {
        await Blobs.DeleteAsync(FailurePath(sweep, checkpoint), cancellationToken).ConfigureAwait(false);
        Changes.Add(FailureFolder(sweep));
    }

    /// <summary>Every quarantined shard of a sweep, by model and step.</summary>
    public async Task<IReadOnlyList<ShardFailure>> ReadFailuresAsync(string sweep, CancellationToken cancellationToken)
    {
        var failures = new List<ShardFailure>();
        await foreach (var name in Blobs.ListAsync(FailureFolder(sweep), cancellationToken).ConfigureAwait(false))
        {
            if (await ReadFailureAsync(sweep, name, cancellationToken).ConfigureAwait(false) is { } failure)
            {
                failures.Add(failure);
            }
        }

        return [.. failures.OrderBy(failure => failure.Checkpoint)];
    }

    internal static string FailureFolder(string sweep) => $"{SweepsFolder}{ValidateName(sweep)}/failures/";

    // The sweep whose spec a file is; null for other files.
    private static string? SweepOf(string file) => file.EndsWith(SpecSuffix, StringComparison.Ordinal)
        && Identifier.IsValid(file[..^SpecSuffix.Length]) && !file.EndsWith(StateSuffix + SpecSuffix, StringComparison.Ordinal)
        ? file[..^SpecSuffix.Length] : null;

    private static string SpecPath(string sweep) => $"{SweepsFolder}{ValidateName(sweep)}{SpecSuffix}";

    private static string OrderPath(string sweep) => $"{SweepsFolder}{ValidateName(sweep)}{StateSuffix}{SpecSuffix}";

    private static string HistoryFolder(string sweep) => $"{SweepsFolder}{ValidateName(sweep)}/attempts/";

    private static string HistoryPath(string sweep, CheckpointId checkpoint) => $"{HistoryFolder(sweep)}{checkpoint.Path}{SpecSuffix}";

    private static string FailurePath(string sweep, CheckpointId checkpoint) => $"{FailureFolder(sweep)}{checkpoint.Path}{SpecSuffix}";

    private static string ValidateName(string sweep) => Identifier.Validate(sweep, "sweep").EndsWith(StateSuffix, StringComparison.Ordinal)
        ? throw new ArgumentException(
            $"'{sweep}' cannot name a sweep: a name that ends in '{StateSuffix}' is that of the file beside another sweep's spec.",
            nameof(sweep))
        : sweep;
}
