using System.Globalization;
using System.Runtime.CompilerServices;
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
                continue; // Somebody deleted it in between: it is to be made again.
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
        await TryAsync(() => Blobs.WriteAsync(key.RunPath, Json(run), cancellationToken)).ConfigureAwait(false);
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
