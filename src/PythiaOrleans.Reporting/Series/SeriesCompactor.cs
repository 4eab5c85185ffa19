using System.Collections.Concurrent;
using System.Globalization;
using PythiaOrleans.Checkpoints.Catalog;
using PythiaOrleans.Core.Descriptions;
using PythiaOrleans.Core.Ids;
using PythiaOrleans.Core.Sweeps;
using PythiaOrleans.Core.Tables;

namespace PythiaOrleans.Reporting.Series;

/// <summary>Puts the committed results of one sweep and analysis together: scalar and derived columns, models in order, steps ascending, each row once.</summary>
/// <param name="store">Where the results are and the series go.</param>
/// <param name="catalog">What is known of the models' schedules.</param>
/// <param name="derivedColumns">What analyses derive for their series.</param>
public sealed class SeriesCompactor(ResultStore store, ModelCatalog catalog, IReadOnlyCollection<IDerivedColumns> derivedColumns) : ISeriesWriter
{
    private const string KeysEntry = "results";
    private const int ParallelReads = 4;

    // Results do not change: what was compared with its record once is not compared again, as long as remembering it costs little.
    private const int MaxRemembered = 200_000;

    private readonly ConcurrentDictionary<ResultKey, bool> _sound = new();

    /// <summary>Where a sweep's series of an analysis is.</summary>
    public static string PathOf(string sweep, string analysis) => $"series/{Identifier.Validate(sweep, "sweep")}/{Identifier.Validate(analysis, "analysis")}.parquet";

    /// <inheritdoc />
    public async Task<int> CompactAsync(SweepSpec sweep, AnalysisId analysis, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(sweep);
        var keys = await CommittedAsync(sweep, analysis, cancellationToken).ConfigureAwait(false);
        var path = PathOf(sweep.Name, analysis.Name);
        var schedules = sweep.Models.Distinct().ToDictionary(name => name, name => catalog.Models.FirstOrDefault(model => model.Name == name)?.Schedule);
        var signature = Signature(sweep, analysis, keys, schedules);
        if (keys.Count == 0 || await SignatureOfAsync(path, cancellationToken).ConfigureAwait(false) == signature)
        {
            return keys.Count;
        }

        var derived = DerivedOf(analysis);
        var damaged = new ConcurrentBag<StoredResult>();
        var finals = new Dictionary<string, ResultTable?>();
        foreach (var final in derived is null ? [] : keys.GroupBy(key => key.Checkpoint.Model).Select(model => model.MaxBy(key => key.Checkpoint.Step)))
        {
            finals[final.Checkpoint.Model] = await ReadAsync(final, derived, damaged, cancellationToken).ConfigureAwait(false);
        }

        var tables = new ResultTable[keys.Count];
        await Parallel.ForAsync(0, keys.Count, new ParallelOptions { MaxDegreeOfParallelism = ParallelReads, CancellationToken = cancellationToken }, async (i, token) =>
        {
            if (await ReadAsync(keys[i], derived, damaged, token).ConfigureAwait(false) is { } table)
            {
                var added = finals.GetValueOrDefault(keys[i].Checkpoint.Model) is { } final ? derived!.Derive(table, final) : [];
                tables[i] = new ResultTable([.. table.Columns.Where(column => !column.Schema.IsList), .. added]);
            }
        }).ConfigureAwait(false);
        ThrowIfAny(damaged);

        var series = WithSchedule(Concatenate(keys, tables), sweep, schedules);
        var provenance = new Dictionary<string, string> { ["sweep"] = sweep.Name, ["analysis"] = analysis.ToString(), [KeysEntry] = signature };
        var bytes = await ResultParquet.WriteAsync(series, provenance, cancellationToken).ConfigureAwait(false);
        await store.Blobs.WriteAsync(path, bytes, cancellationToken).ConfigureAwait(false);
        return keys.Count;
    }

    private IDerivedColumns? DerivedOf(AnalysisId analysis) => derivedColumns.FirstOrDefault(derived => derived.Analysis == analysis.Name);

    // Null where the result is damaged: it is put aside then, and counts as missing.
    private async Task<ResultTable?> ReadAsync(
        ResultKey key, IDerivedColumns? derived, ConcurrentBag<StoredResult> damaged, CancellationToken cancellationToken)
    {
        bool IsWanted(ColumnSchema column) => !column.IsList || derived?.Lists.Contains(column.Name) == true;
        if (_sound.ContainsKey(key))
        {
            try
            {
                return await store.ReadAsync(key, IsWanted, cancellationToken).ConfigureAwait(false) ?? throw Deleted(key);
            }
            catch (InvalidDataException)
            {
                _sound.TryRemove(key, out _); // damaged since
            }
        }

        var result = await store.InspectAsync(key, IsWanted, cancellationToken).ConfigureAwait(false) ?? throw Deleted(key);
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

    // A series with the damaged results would be wrong without a word, and one without them would be called complete.
    private static void ThrowIfAny(ConcurrentBag<StoredResult> damaged)
    {
        if (damaged.MinBy(result => result.Key.Path, StringComparer.Ordinal) is { } first)
        {
            throw new DamagedResultsException([.. damaged.Select(result => result.Key).Distinct().OrderBy(key => key.Checkpoint)], first.Damage!);
        }
    }

    private static DamagedResultsException Deleted(ResultKey key) => new([key], $"{key.Path} was deleted while its series was written.");

    private static ResultTable Concatenate(IReadOnlyList<ResultKey> keys, IReadOnlyList<ResultTable> tables)
    {
        var schema = tables[0].Columns.Select(column => column.Schema).ToArray();
        for (var i = 1; i < tables.Count; i++)
        {
            // Columns are put together by their place: one that is elsewhere would mix two quantities without a word.
            if (!tables[i].Columns.Select(column => column.Schema).SequenceEqual(schema))
            {
                throw new InvalidDataException(
                    $"{keys[i].Path}: expected the columns of {keys[0].Path} ({Text(tables[0])}), found {Text(tables[i])}. "
                    + "Delete the file and run the sweep again; a changed table needs a new version of its analysis.");
            }
        }

        return new ResultTable([.. schema.Select((_, index) => ResultColumn.Concatenate([.. tables.Select(table => table.Columns[index])]))]);

        static string Text(ResultTable table) => string.Join(", ", table.Columns.Select(column => $"{column.Schema.Type.Name} {column.Schema.Name}"));
    }

    // All four change what the series holds: which results, how their steps lie in the sweep, how the models were trained, and what is derived.
    private string Signature(SweepSpec sweep, AnalysisId analysis, IReadOnlyList<ResultKey> keys, IReadOnlyDictionary<string, TrainingSchedule?> schedules)
    {
        var text = string.Join('\n', keys.Select(key => key.ToString())
            .Append(sweep.Steps[^1].ToString(CultureInfo.InvariantCulture))
            .Concat(DerivedOf(analysis) is { } derived ? [string.Create(CultureInfo.InvariantCulture, $"derived {derived.Version}")] : [])
            .Concat(sweep.Models.Distinct().Select(model => $"{model}: {schedules[model]}")));
        return Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(text)));
    }

    private static ResultTable WithSchedule(ResultTable series, SweepSpec sweep, IReadOnlyDictionary<string, TrainingSchedule?> schedules)
    {
        var steps = series.Read<int>("step");
        TrainingSchedule?[] known = [.. series.Read<string>("model").Select(model => schedules[model])];
        Column<T?> Join<T>(string name, string description, string unit, Func<TrainingSchedule, int, T> value)
            where T : struct => new(
            new ColumnSchema(name, typeof(T), true, description, unit),
            known.Zip(steps, (schedule, step) => schedule is null ? (T?)null : value(schedule, step)));

        var last = (double)sweep.Steps[^1];
        ResultColumn[] joined =
        [
            new Column<double>(
                new ColumnSchema("fraction", typeof(double), false, "the step as a share of the sweep's last step", ""),
                steps.Select(step => last == 0 ? 0 : step / last)),
            Join("tokens", "tokens seen in training", "tokens", (schedule, step) => schedule.Tokens(step)),
            Join("learning_rate", "the learning rate of the next update", "", (schedule, step) => schedule.LearningRate(step)),
            Join("summed_learning_rate", "the sum of the learning rates of all updates before", "", (schedule, step) => schedule.SummedLearningRate(step)),
            Join("decay_factor", "what weight decay alone leaves of an initial weight", "", (schedule, step) => schedule.DecayFactor(step)),
        ];

        // What an analysis measured under one of these names is its own.
        var own = series.Columns.Select(column => column.Schema.Name).ToHashSet(StringComparer.Ordinal);
        return new ResultTable([.. series.Columns, .. joined.Where(column => !own.Contains(column.Schema.Name))]);
    }

    private async Task<IReadOnlyList<ResultKey>> CommittedAsync(SweepSpec sweep, AnalysisId analysis, CancellationToken cancellationToken) =>
        [.. (await store.Ledger.ReadFreshAsync(sweep, cancellationToken).ConfigureAwait(false)).Committed(analysis)];

    private async Task<string?> SignatureOfAsync(string path, CancellationToken cancellationToken)
    {
        var bytes = await store.Blobs.ReadAsync(path, cancellationToken).ConfigureAwait(false);
        if (bytes is null)
        {
            return null;
        }

        try
        {
            return (await ResultParquet.ReadAsync(bytes, cancellationToken, ["model"]).ConfigureAwait(false)).Provenance.GetValueOrDefault(KeysEntry);
        }
        catch (InvalidDataException)
        {
            return null; // a damaged series is made again from the results
        }
    }
}
