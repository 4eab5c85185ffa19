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
public sealed partial class ResultStore
{
    private const string ResultSuffix = ".parquet";
    private const string SpecSuffix = ".json";

    /// <summary>What a damaged result's file is called beside its own name: no listing takes it for a result.</summary>
    public const string DamagedSuffix = ".damaged";

    /// <summary>What a result is called that was made from bytes which the source has replaced.</summary>
    public const string ReplacedSuffix = ".replaced";

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
    public async Task<AnalysisId[]> MissingAsync(
        CheckpointId checkpoint, IReadOnlyList<AnalysisId> analyses, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(analyses);
        var exist = await Task.WhenAll(
            analyses.Select(analysis => ExistsAsync(new ResultKey(checkpoint, analysis), cancellationToken))).ConfigureAwait(false);
        return [.. analyses.Where((_, i) => !exist[i])];
    }

    /// <summary>Commits a result: creates it if it is absent. Of several writers one wins.</summary>
    /// <returns>What became of it; with <see cref="CommitOutcome.Differs"/> the stored bytes stay.</returns>
    public async Task<CommitOutcome> CommitAsync(
        ResultKey key, ReadOnlyMemory<byte> parquet, RunRecord run, CancellationToken cancellationToken)
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
    public async Task<ResultTable?> ReadAsync(
        ResultKey key, CancellationToken cancellationToken, IReadOnlyCollection<string>? columns = null)
    {
        return await ReadAsync(
            key, columns is null ? _ => true : column => columns.Contains(column.Name), cancellationToken).ConfigureAwait(false);
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
                version.Bytes, (offset, count) =>
                    Blobs.ReadRangeAsync(key.Path, offset, count, cancellationToken), cancellationToken).ConfigureAwait(false);
        }
        catch (InvalidDataException error)
        {
            throw Unreadable(key, error);
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
            throw Unreadable(key, error);
        }
    }

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
                    : new StoredResult(key, bytes, table, record, Damage: null)
                    {
                        CheckpointDigest = provenance.GetValueOrDefault("checkpoint_digest"),
                    };
        }
        catch (InvalidDataException error)
        {
            return Damaged(error.Message);
        }

        StoredResult Damaged(string problem) => new(key, bytes, Table: null, record, $"{key.Path}: {problem}");
    }

    /// <summary>Puts a result aside under another name, so that it counts as missing and is computed again.</summary>
    /// <param name="damaged">The result, as it was read.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <param name="suffix">What is put behind its name.</param>
    /// <returns>Whether it was put aside; not so where another process has replaced it meanwhile.</returns>
    public async Task<bool> PutAsideAsync(
        StoredResult damaged, CancellationToken cancellationToken, string suffix = DamagedSuffix)
    {
        ArgumentNullException.ThrowIfNull(damaged);
        await Blobs.WriteAsync($"{damaged.Key.Path}{suffix}", damaged.Content, cancellationToken).ConfigureAwait(false);
        if (
            await Blobs.ReadAsync(damaged.Key.Path, cancellationToken).ConfigureAwait(false) is not { } now
                || !now.AsSpan().SequenceEqual(damaged.Content))
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
    public Task<RunRecord?> ReadRunAsync(ResultKey key, CancellationToken cancellationToken) =>
        ReadJsonAsync<RunRecord>(key.RunPath, cancellationToken);

    private InvalidDataException Unreadable(ResultKey key, InvalidDataException error) =>
        new($"{Blobs.Name}: {key.Path}: {error.Message} Delete the file and run the sweep again.", error);

    internal static string ModelFolder(string model) => $"results/{Identifier.Validate(model, "model")}/";

    private static byte[] Json<T>(T value) => JsonSerializer.SerializeToUtf8Bytes(value, Format);

    // results/{model}/step{N}/{analysis}-{fingerprint}.parquet
    private static bool TryParse(string model, string name, out ResultKey key)
    {
        key = default;
        if (name.Split('/') is not [_, _, var revision, var file] || !file.EndsWith(ResultSuffix, StringComparison.Ordinal)
            || !TryParseStep(revision, out var step))
        {
            return false;
        }

        try
        {
            key = new ResultKey(new CheckpointId(model, step), AnalysisId.Parse(file[..^ResultSuffix.Length]));
            return key.Path == name; // a step is never spelled step007
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

    // sweeps/{sweep}/failures/{model}/step{N}.json. A note that cannot be read must not hide the others, nor that its shard failed.
    private async Task<ShardFailure?> ReadFailureAsync(string sweep, string name, CancellationToken cancellationToken)
    {
        try
        {
            return await ReadJsonAsync<ShardFailure>(name, cancellationToken).ConfigureAwait(false);
        }
        catch (InvalidDataException error)
        {
            return name[FailureFolder(sweep).Length..^SpecSuffix.Length].Split('/') is [var model, var revision]
                && Identifier.IsValid(model)
                && TryParseStep(revision, out var step)
                ? new ShardFailure(new CheckpointId(model, step), [], FailureKind.Permanent, error.Message, 0, default)
                : null;
        }
    }

    private static bool TryParseStep(string revision, out int step)
    {
        step = 0;
        return revision.StartsWith("step", StringComparison.Ordinal)
            && int.TryParse(revision.AsSpan("step".Length), NumberStyles.None, CultureInfo.InvariantCulture, out step);
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
            throw new InvalidDataException(
                $"{Blobs.Name}: {name}: expected a {typeof(T).Name} as JSON, found {error.Message} Delete the file, or restore it.", error);
        }
    }
}
