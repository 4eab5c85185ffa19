using System.Globalization;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using PythiaOrleans.Core.Ids;
using PythiaOrleans.Core.Storage;
using PythiaOrleans.Core.Tables;

namespace PythiaOrleans.Core.Sweeps;

/// <summary>Results, specs and failures in a blob store. What is in it is done; a result is committed once and never overwritten.</summary>
public sealed class ResultStore
{
    private const string ResultSuffix = ".parquet";
    private const string SpecSuffix = ".json";

    /// <summary>What a damaged result's file is called beside its own name: no listing takes it for a result.</summary>
    public const string DamagedSuffix = ".damaged";

    // sweeps/{sweep}.state.json holds a sweep's last order and is no spec.
    private const string StateSuffix = ".state";

    internal const string SweepsFolder = "sweeps/";

    private static readonly JsonSerializerOptions Format = new JsonSerializerOptions
    {
        WriteIndented = true,
        NewLine = "\n",
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, // error messages are full of quotes, and people read them here
        RespectNullableAnnotations = true,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower) },
    }.WithIds();

    /// <param name="blobs">Where they are.</param>
    public ResultStore(IBlobStore blobs)
    {
        Blobs = blobs;
        Ledger = new SweepLedger(this);
    }

    /// <summary>The blobs underneath, for series and reports.</summary>
    public IBlobStore Blobs { get; }

    /// <summary>What is done, missing and failed: shared by all who ask about this store.</summary>
    public SweepLedger Ledger { get; }

    /// <summary>What this process has written and deleted, folder by folder.</summary>
    internal ChangeCounter Changes { get; } = new();

    /// <summary>Whether the result exists.</summary>
    public Task<bool> ExistsAsync(ResultKey key, CancellationToken cancellationToken) => Blobs.ExistsAsync(key.Path, cancellationToken);

    /// <summary>Those of a checkpoint's analyses whose results do not exist, in their order.</summary>
    public async Task<AnalysisId[]> MissingAsync(CheckpointId checkpoint, IReadOnlyList<AnalysisId> analyses, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(analyses);
        var exist = await Task.WhenAll(analyses.Select(analysis => ExistsAsync(new ResultKey(checkpoint, analysis), cancellationToken))).ConfigureAwait(false);
        return [.. analyses.Where((_, i) => !exist[i])];
    }

    /// <summary>Commits a result: creates it if it is absent. Of several writers one wins.</summary>
    /// <returns>What became of it; with <see cref="CommitOutcome.Differs"/> the stored bytes stay.</returns>
    public async Task<CommitOutcome> CommitAsync(ResultKey key, ReadOnlyMemory<byte> parquet, RunRecord run, CancellationToken cancellationToken)
    {
        while (!await Blobs.TryCreateAsync(key.Path, parquet, cancellationToken).ConfigureAwait(false))
        {
            if (await Blobs.ReadAsync(key.Path, cancellationToken).ConfigureAwait(false) is not { } stored)
            {
                continue; // it was deleted in between
            }

            if (!stored.AsSpan().SequenceEqual(parquet.Span))
            {
                return CommitOutcome.Differs;
            }

            // The first writer may have died between the commit and its record.
            await TryAsync(() => Blobs.TryCreateAsync(key.RunPath, Json(run), cancellationToken)).ConfigureAwait(false);
            return CommitOutcome.AlreadyThere;
        }

        Changes.Add(ModelFolder(key.Checkpoint.Model));
        await TryAsync(() => Blobs.WriteBestEffortAsync(key.RunPath, Json(run), cancellationToken)).ConfigureAwait(false);
        return CommitOutcome.Committed;
    }

    /// <summary>The result's table; null where it does not exist.</summary>
    /// <exception cref="InvalidDataException">The file is no result table; the message names it.</exception>
    public async Task<ResultTable?> ReadAsync(ResultKey key, CancellationToken cancellationToken, IReadOnlyCollection<string>? columns = null)
    {
        return await ReadAsync(key, columns is null ? _ => true : column => columns.Contains(column.Name), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>How the result was made; null where it does not exist.</summary>
    /// <exception cref="InvalidDataException">The file is no result table; the message names it.</exception>
    public async Task<IReadOnlyDictionary<string, string>?> ReadProvenanceAsync(ResultKey key, CancellationToken cancellationToken)
    {
        if (await Blobs.GetVersionAsync(key.Path, cancellationToken).ConfigureAwait(false) is not { } version)
        {
            return null;
        }

        try
        {
            return await ResultParquet.ReadProvenanceAsync(
                version.Bytes, (offset, count) => Blobs.ReadRangeAsync(key.Path, offset, count, cancellationToken), cancellationToken).ConfigureAwait(false);
        }
        catch (InvalidDataException error)
        {
            throw Damaged(key, error);
        }
    }

    /// <summary>The columns of the result that are wanted; null where it does not exist.</summary>
    internal async Task<ResultTable?> ReadAsync(ResultKey key, Func<ColumnSchema, bool> wanted, CancellationToken cancellationToken) =>
        (await ReadAllAsync(key, wanted, cancellationToken).ConfigureAwait(false))?.Table;

    private async Task<(ResultTable Table, IReadOnlyDictionary<string, string> Provenance)?> ReadAllAsync(
        ResultKey key, Func<ColumnSchema, bool> wanted, CancellationToken cancellationToken)
    {
        var bytes = await Blobs.ReadAsync(key.Path, cancellationToken).ConfigureAwait(false);
        try
        {
            return bytes is null ? null : await ResultParquet.ReadAsync(bytes, wanted, cancellationToken).ConfigureAwait(false);
        }
        catch (InvalidDataException error)
        {
            throw Damaged(key, error);
        }
    }

    private InvalidDataException Damaged(ResultKey key, InvalidDataException error) =>
        new($"{Blobs.Name}: {key.Path}: {error.Message} Delete the file and run the sweep again.", error);

    /// <summary>Reads a result and compares it with its record; null where it does not exist.</summary>
    /// <param name="key">The result.</param>
    /// <param name="wanted">Which columns are read.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    public async Task<StoredResult?> InspectAsync(ResultKey key, Func<ColumnSchema, bool> wanted, CancellationToken cancellationToken)
    {
        var reading = ReadRecordAsync(key, cancellationToken);
        var bytes = await Blobs.ReadAsync(key.Path, cancellationToken).ConfigureAwait(false);
        var record = await reading.ConfigureAwait(false);
        if (bytes is null)
        {
            return null;
        }

        try
        {
            var digest = Convert.ToHexStringLower(SHA256.HashData(bytes));
            if (record is not null && record.Sha256 != digest)
            {
                return Damaged($"expected the bytes with sha256 {record.Sha256} that were committed, found {digest}.");
            }

            var (table, provenance) = await ResultParquet.ReadAsync(bytes, wanted, cancellationToken).ConfigureAwait(false);
            var measured = provenance.GetValueOrDefault("checkpoint");
            return measured != key.Checkpoint.ToString()
                ? Damaged($"expected a result of {key.Checkpoint}, found one of {measured ?? "an unnamed checkpoint"}.")
                : record is not null && record.Rows != table.Count
                    ? Damaged($"expected {record.Rows} rows, as its record says, found {table.Count}.")
                    : new StoredResult(key, bytes, table, record, Damage: null);
        }
        catch (InvalidDataException error)
        {
            return Damaged(error.Message);
        }

        StoredResult Damaged(string problem) => new(key, bytes, Table: null, record, $"{key.Path}: {problem}");
    }

    /// <summary>Puts a damaged result aside under another name, so that it counts as missing and is computed again.</summary>
    /// <returns>Whether it was put aside; not so where another process has replaced it meanwhile.</returns>
    public async Task<bool> PutAsideAsync(StoredResult damaged, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(damaged);
        await Blobs.WriteAsync($"{damaged.Key.Path}{DamagedSuffix}", damaged.Content, cancellationToken).ConfigureAwait(false);
        if (await Blobs.ReadAsync(damaged.Key.Path, cancellationToken).ConfigureAwait(false) is not { } now || !now.AsSpan().SequenceEqual(damaged.Content))
        {
            return false;
        }

        // The record stays: it says what was committed, and the next commit writes its own over it.
        await Blobs.DeleteAsync(damaged.Key.Path, cancellationToken).ConfigureAwait(false);
        Changes.Add(ModelFolder(damaged.Key.Checkpoint.Model));
        return true;
    }

    /// <summary>Every result of a model, from one listing. Files that are no results are passed over.</summary>
    public async Task<IReadOnlySet<ResultKey>> ListAsync(string model, CancellationToken cancellationToken)
    {
        var keys = new HashSet<ResultKey>();
        await foreach (var key in ListKeysAsync(model, cancellationToken).ConfigureAwait(false))
        {
            keys.Add(key);
        }

        return keys;
    }

    internal async IAsyncEnumerable<ResultKey> ListKeysAsync(string model, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var name in Blobs.ListAsync(ModelFolder(model), cancellationToken).ConfigureAwait(false))
        {
            if (TryParse(model, name, out var key))
            {
                yield return key;
            }
        }
    }

    /// <summary>The record beside a result; null where there is none.</summary>
    public Task<RunRecord?> ReadRunAsync(ResultKey key, CancellationToken cancellationToken) => ReadJsonAsync<RunRecord>(key.RunPath, cancellationToken);

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
    public Task<SweepSpec?> ReadSweepAsync(string sweep, CancellationToken cancellationToken) => ReadJsonAsync<SweepSpec>(SpecPath(sweep), cancellationToken);

    /// <summary>The spec of a sweep that is known to exist.</summary>
    /// <exception cref="ArgumentException">There is none of that name; the message lists those that are.</exception>
    public async Task<SweepSpec> FindSweepAsync(string sweep, CancellationToken cancellationToken)
    {
        if (await ReadSweepAsync(sweep, cancellationToken).ConfigureAwait(false) is { } spec)
        {
            return spec;
        }

        var there = await ListSweepsAsync(cancellationToken).ConfigureAwait(false);
        throw new ArgumentException($"There is no sweep '{sweep}' in {Blobs.Name}: it holds {(there.Count == 0 ? "none" : string.Join(", ", there))}. Give another name, or another store with --store.");
    }

    /// <summary>The names of all sweeps.</summary>
    public async Task<IReadOnlyList<string>> ListSweepsAsync(CancellationToken cancellationToken)
    {
        var names = new List<string>();
        await foreach (var name in Blobs.ListAsync(SweepsFolder, cancellationToken).ConfigureAwait(false))
        {
            var parts = name.Split('/');
            if (parts is [_, var file] && file.EndsWith(SpecSuffix, StringComparison.Ordinal) && !file.EndsWith(StateSuffix + SpecSuffix, StringComparison.Ordinal))
            {
                names.Add(file[..^SpecSuffix.Length]);
            }
        }

        names.Sort(StringComparer.Ordinal); // 'a-b.json' is listed before 'a.json'
        return names;
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
            if (await ReadJsonAsync<ShardFailure>(name, cancellationToken).ConfigureAwait(false) is { } failure)
            {
                failures.Add(failure);
            }
        }

        return [.. failures.OrderBy(failure => failure.Checkpoint)];
    }

    internal static string ModelFolder(string model) => $"results/{Identifier.Validate(model, "model")}/";

    internal static string FailureFolder(string sweep) => $"{SweepsFolder}{ValidateName(sweep)}/failures/";

    private static string SpecPath(string sweep) => $"{SweepsFolder}{ValidateName(sweep)}{SpecSuffix}";

    private static string OrderPath(string sweep) => $"{SweepsFolder}{ValidateName(sweep)}{StateSuffix}{SpecSuffix}";

    private static string HistoryFolder(string sweep) => $"{SweepsFolder}{ValidateName(sweep)}/attempts/";

    private static string HistoryPath(string sweep, CheckpointId checkpoint) => $"{HistoryFolder(sweep)}{checkpoint.Path}{SpecSuffix}";

    private static string FailurePath(string sweep, CheckpointId checkpoint) => $"{FailureFolder(sweep)}{checkpoint.Path}{SpecSuffix}";

    private static string ValidateName(string sweep) => Identifier.Validate(sweep, "sweep").EndsWith(StateSuffix, StringComparison.Ordinal)
        ? throw new ArgumentException($"'{sweep}' cannot name a sweep: a name that ends in '{StateSuffix}' is that of the file beside another sweep's spec.", nameof(sweep))
        : sweep;

    private static byte[] Json<T>(T value) => JsonSerializer.SerializeToUtf8Bytes(value, Format);

    // results/{model}/step{N}/{analysis}-{fingerprint}.parquet
    private static bool TryParse(string model, string name, out ResultKey key)
    {
        key = default;
        if (name.Split('/') is not [_, _, var revision, var file] || !file.EndsWith(ResultSuffix, StringComparison.Ordinal)
            || !revision.StartsWith("step", StringComparison.Ordinal) || !int.TryParse(revision.AsSpan("step".Length), NumberStyles.None, CultureInfo.InvariantCulture, out var step))
        {
            return false;
        }

        try
        {
            key = new ResultKey(new CheckpointId(model, step), AnalysisId.Parse(file[..^ResultSuffix.Length]));
            return key.Path == name; // step007 is nobody's spelling of a step
        }
        catch (FormatException)
        {
            return false;
        }
    }

    // A record is best effort: one that cannot be read says nothing about its result.
    private async Task<RunRecord?> ReadRecordAsync(ResultKey key, CancellationToken cancellationToken)
    {
        try
        {
            return await ReadRunAsync(key, cancellationToken).ConfigureAwait(false);
        }
        catch (InvalidDataException)
        {
            return null;
        }
    }

    private static async Task TryAsync(Func<Task> write)
    {
        try
        {
            await write().ConfigureAwait(false);
        }
        catch (Exception)
        {
            // The result is committed. To fail now would have it computed again for the sake of a note about its making.
        }
    }

    private async Task<T?> ReadJsonAsync<T>(string name, CancellationToken cancellationToken)
        where T : class
    {
        var bytes = await Blobs.ReadAsync(name, cancellationToken).ConfigureAwait(false);
        try
        {
            return bytes is null ? null : JsonSerializer.Deserialize<T>(bytes, Format);
        }
        catch (Exception error) when (error is JsonException or FormatException)
        {
            throw new InvalidDataException($"{Blobs.Name}: {name}: expected a {typeof(T).Name} as JSON, found {error.Message} Delete the file, or restore it.", error);
        }
    }
}
