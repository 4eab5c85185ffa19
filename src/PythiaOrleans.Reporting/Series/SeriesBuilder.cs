using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using PythiaOrleans.Checkpoints.Catalog;
using PythiaOrleans.Core.Descriptions;
using PythiaOrleans.Core.Ids;
using PythiaOrleans.Core.Sweeps;
using PythiaOrleans.Core.Tables;

namespace PythiaOrleans.Reporting.Series;

/// <summary>Puts the committed results of one sweep and analysis together: scalar and derived columns, models in order, steps ascending,
/// each row once.</summary>
/// <param name="store">Where the results are.</param>
/// <param name="catalog">What is known of the models' schedules.</param>
/// <param name="derivedColumns">What analyses derive for their series.</param>
internal sealed class SeriesBuilder(ResultStore store, ModelCatalog catalog, IReadOnlyCollection<IDerivedColumns> derivedColumns)
{
    /// <summary>The entry of a series' provenance that holds the signature.</summary>
    public const string SignatureEntry = "results";

    // Results do not change: what was compared with its record once is not compared again, as long as remembering it costs little.
    private const int MaxRemembered = 200_000;
    private const int ParallelReads = 4;

    private readonly ConcurrentDictionary<ResultKey, bool> _sound = new();

    /// <summary>Lists what is committed now.</summary>
    public async Task<SeriesPlan> PlanAsync(SweepSpec sweep, AnalysisId analysis, CancellationToken cancellationToken)
    {
        // The caller's spec may be older than the stored one: by it, a series would shrink after the sweep was extended.
        var current = await store.ReadSweepAsync(sweep.Name, cancellationToken).ConfigureAwait(false) ?? sweep;
        var standing = await store.Ledger.ReadFreshAsync(current, cancellationToken).ConfigureAwait(false);
        ResultKey[] results = [.. standing.Committed(analysis)];
        var schedules = current.Models.Distinct()
            .ToDictionary(name => name, name => catalog.Models.FirstOrDefault(model => model.Name == name)?.Schedule);
        return new SeriesPlan(current, analysis, results, schedules, Sign(current, analysis, results, schedules));
    }

    /// <summary>The series as the bytes of its file: a function of the committed results alone.</summary>
    public async Task<byte[]> EncodeAsync(SeriesPlan plan, CancellationToken cancellationToken)
    {
        var provenance = new Dictionary<string, string>
        {
            ["sweep"] = plan.Sweep.Name,
            ["analysis"] = plan.Analysis.ToString(),
            [SignatureEntry] = plan.Signature,
        };
        var table = await BuildAsync(plan, repair: true, cancellationToken).ConfigureAwait(false);
        return await ResultParquet.WriteAsync(table, provenance, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Reads the results and puts them together.</summary>
    /// <param name="plan">What to read.</param>
    /// <param name="repair">Whether damaged results are put aside, so that they count as missing and are computed again.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <exception cref="DamagedResultsException">Results were damaged and put aside, or were deleted; the message says which is the
    /// first.</exception>
    /// <exception cref="InvalidDataException">Results are damaged and stay where they are, or have other columns than the
    /// others.</exception>
    public async Task<ResultTable> BuildAsync(SeriesPlan plan, bool repair, CancellationToken cancellationToken)
    {
        var (results, derived) = (plan.Results, DerivedOf(plan.Analysis));
        var damaged = new ConcurrentBag<StoredResult>();
        var finals = new Dictionary<string, ResultTable?>();
        var last = results.GroupBy(key => key.Checkpoint.Model).Select(model => model.MaxBy(key => key.Checkpoint.Step));
        foreach (var final in derived is null ? [] : last)
        {
            finals[final.Checkpoint.Model] = await ReadAsync(final, derived, damaged, cancellationToken).ConfigureAwait(false);
        }

        var tables = new ResultTable[results.Count];
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = ParallelReads, CancellationToken = cancellationToken };
        await Parallel.ForAsync(0, results.Count, parallel, async (i, token) =>
        {
            if (await ReadAsync(results[i], derived, damaged, token).ConfigureAwait(false) is { } table)
            {
                var added = finals.GetValueOrDefault(results[i].Checkpoint.Model) is { } final
                    ? derived!.Derive(table, final, await ReadBeforeAsync(i, token).ConfigureAwait(false))
                    : [];
                tables[i] = new ResultTable([.. table.Columns.Where(column => !column.Schema.IsList), .. added]);
            }
        }).ConfigureAwait(false);
        await ThrowIfAnyAsync(damaged, repair, cancellationToken).ConfigureAwait(false);
        var series = Concatenate(results, tables);
        return WithSchedule(new ResultTable([.. series.Columns, .. derived?.DeriveFromSeries(series) ?? []]), plan);

        // The step before of the same model, where it is compared with.
        async ValueTask<ResultTable?> ReadBeforeAsync(int i, CancellationToken token) =>
            derived is { ReadsPrevious: true } && i > 0 && results[i - 1].Checkpoint.Model == results[i].Checkpoint.Model
                ? await ReadAsync(results[i - 1], derived, damaged, token).ConfigureAwait(false)
                : null;
    }

    private IDerivedColumns? DerivedOf(AnalysisId analysis) => derivedColumns.FirstOrDefault(derived => derived.Analysis == analysis.Name);

    // Null where the result is damaged.
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
            damaged.Add(result);
        }
        else if (_sound.Count < MaxRemembered)
        {
            _sound[key] = true;
        }

        return result.Table;
    }

    // A series with the damaged results would be wrong without a word, and one without them would be called complete.
    private async Task ThrowIfAnyAsync(ConcurrentBag<StoredResult> damaged, bool repair, CancellationToken cancellationToken)
    {
        StoredResult[] found = [.. damaged.DistinctBy(result => result.Key).OrderBy(result => result.Key.Path, StringComparer.Ordinal)];
        foreach (var result in repair ? found : [])
        {
            await store.PutAsideAsync(result, cancellationToken).ConfigureAwait(false);
        }

        if (found.Length > 0)
        {
            throw repair
                ? new DamagedResultsException([.. found.Select(result => result.Key).OrderBy(key => key.Checkpoint)], found[0].Damage!)
                : new InvalidDataException($"{found.Length} results are damaged, the first: {found[0].Damage} Run the sweep again.");
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

        return new ResultTable(
            [.. schema.Select((_, index) => ResultColumn.Concatenate([.. tables.Select(table => table.Columns[index])]))]);

        static string Text(ResultTable table) =>
            string.Join(", ", table.Columns.Select(column => $"{column.Schema.Type.Name} {column.Schema.Name}"));
    }

    // All four change what the series holds: which results, how their steps lie in the sweep, how the models were trained, and what is
    // derived.
    private string Sign(
        SweepSpec sweep, AnalysisId analysis, IReadOnlyList<ResultKey> results, IReadOnlyDictionary<string, TrainingSchedule?> schedules)
    {
        var text = string.Join('\n', results.Select(key => key.ToString())
            .Append(sweep.Steps[^1].ToString(CultureInfo.InvariantCulture))
            .Concat(DerivedOf(analysis) is { } derived ? [string.Create(CultureInfo.InvariantCulture, $"derived {derived.Version}")] : [])
            .Concat(sweep.Models.Distinct().Select(model => $"{model}: {schedules[model]}")));
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
    }

    private static ResultTable WithSchedule(ResultTable series, SeriesPlan plan)
    {
        var steps = series.Read<int>("step");
        TrainingSchedule?[] known = [.. series.Read<string>("model").Select(model => plan.Schedules[model])];
        Column<T?> Join<T>(string name, string description, string unit, Func<TrainingSchedule, int, T> value)
            where T : struct => new(
            new ColumnSchema(name, typeof(T), true, description, unit),
            known.Zip(steps, (schedule, step) => schedule is null ? (T?)null : value(schedule, step)));

        var last = (double)plan.Sweep.Steps[^1];
        ResultColumn[] joined =
        [
            new Column<double>(
                new ColumnSchema("fraction", typeof(double), false, "the step as a share of the sweep's last step", ""),
                steps.Select(step => last == 0 ? 0 : step / last)),
            Join("tokens", "tokens seen in training", "tokens", (schedule, step) => schedule.Tokens(step)),
            Join("learning_rate", "the learning rate of the next update", "", (schedule, step) => schedule.LearningRateAt(step)),
            Join(
                "summed_learning_rate", "the sum of the learning rates of all updates before", "",
                (schedule, step) => schedule.SummedLearningRate(step)),
            Join("decay_factor", "what weight decay alone leaves of an initial weight", "", (schedule, step) => schedule.DecayFactor(step)),
        ];

        // What an analysis measured under one of these names is its own.
        var own = series.Columns.Select(column => column.Schema.Name).ToHashSet(StringComparer.Ordinal);
        return new ResultTable([.. series.Columns, .. joined.Where(column => !own.Contains(column.Schema.Name))]);
    }
}
