using PythiaOrleans.Checkpoints.Catalog;
using PythiaOrleans.Core.Tables;

namespace PythiaOrleans.Reporting.Series;

/// <summary>All series of one sweep, by analysis: what findings, comparisons and forecasts read.</summary>
/// <param name="Name">The sweep's name, or <c>published</c>.</param>
/// <param name="Tables">The series' tables by the analysis's name.</param>
public sealed record SeriesSet(string Name, IReadOnlyDictionary<string, ResultTable> Tables)
{
    private readonly Dictionary<(string Analysis, string Column), IReadOnlyList<Curve>> _curves = [];
    private IReadOnlyList<string>? _models;

    /// <summary>How the models were trained; models of which nothing is known are left out.</summary>
    public IReadOnlyDictionary<string, TrainingSchedule> Schedules { get; init; } = new Dictionary<string, TrainingSchedule>();

    /// <summary>Reads every series of a sweep.</summary>
    /// <param name="reader">Reads the store.</param>
    /// <param name="sweep">The sweep's name.</param>
    /// <param name="catalog">What is known of the models' schedules.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <exception cref="ArgumentException">The sweep has no series.</exception>
    public static async Task<SeriesSet> ReadAsync(
        SeriesReader reader, string sweep, ModelCatalog catalog, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(reader);
        ArgumentNullException.ThrowIfNull(catalog);
        var tables = new Dictionary<string, ResultTable>();
        foreach (var analysis in await reader.ListAsync(sweep, cancellationToken).ConfigureAwait(false))
        {
            if (await reader.ReadAsync(sweep, analysis, cancellationToken).ConfigureAwait(false) is { } table)
            {
                tables[analysis] = table;
            }
        }

        return tables.Count > 0
            ? new SeriesSet(sweep, tables).WithSchedules(catalog)
            : throw new ArgumentException(
                $"Sweep '{sweep}' has no series in the store. Series are written when a sweep ends; run it with `pythia sweep`.");
    }

    /// <summary>The same series with the schedules that a catalog knows of their models.</summary>
    public SeriesSet WithSchedules(ModelCatalog catalog)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        return this with
        {
            Schedules = Models.Select(model => (model, catalog.TryFind(model)?.Schedule)).Where(pair => pair.Schedule is not null)
                .ToDictionary(pair => pair.model, pair => pair.Schedule!),
        };
    }

    /// <summary>The models, smallest first: by their number of measured parameters where the moments say it, else in the series'
    /// order.</summary>
    public IReadOnlyList<string> Models => _models ??= OrderModels();

    /// <summary>Whether there is a series of the analysis with that column.</summary>
    public bool Has(string analysis, string column) =>
        Tables.TryGetValue(analysis, out var table) && table.Find(column) is { Schema.IsList: false };

    /// <summary>The curves of a scalar column, rows without a finite value left out; none where the series or the column is
    /// absent.</summary>
    public IReadOnlyList<Curve> Curves(string analysis, string column)
    {
        if (!_curves.TryGetValue((analysis, column), out var curves))
        {
            _curves[(analysis, column)] = curves = Has(analysis, column) ? CurvesOf(Tables[analysis], column) : [];
        }

        return curves;
    }

    /// <summary>The curves of one model and component.</summary>
    public IReadOnlyList<Curve> Curves(string analysis, string column, string model, string component, string parameter = "weight") =>
        [.. Curves(analysis, column).Where(curve => curve.Model == model && curve.Component == component && curve.Parameter == parameter)];

    private static IReadOnlyList<Curve> CurvesOf(ResultTable table, string column)
    {
        var (models, steps, values) = (table.Read<string>("model"), table.Read<int>("step"), table[column]);
        var (components, parameters) = (TextOf(table, "component"), TextOf(table, "parameter"));
        var blocks = table.Find("block")?.Read<int?>();
        return
        [
            .. Enumerable.Range(0, table.Count)
                .Where(row => double.IsFinite(values.Number(row)))
                .GroupBy(row => (Model: models[row], Component: components(row), Parameter: parameters(row), Block: blocks?[row]))
                .Select(group =>
                {
                    int[] ordered = [.. group.DistinctBy(row => steps[row]).OrderBy(row => steps[row])];
                    return new Curve(
                        group.Key.Model, group.Key.Component, group.Key.Parameter, group.Key.Block,
                        [.. ordered.Select(row => steps[row])], [.. ordered.Select(values.Number)]);
                }),
        ];
    }

    /// <summary>How many parameters each model has; models whose moments were not measured are left out.</summary>
    internal IReadOnlyDictionary<string, double> CountParameters() => Curves("weight-moments", "count")
        .GroupBy(curve => curve.Model)
        .ToDictionary(group => group.Key, group => group.Sum(curve => curve.Last));

    // Empty where the analysis has no such column or the row no value.
    private static Func<int, string> TextOf(ResultTable table, string name) =>
        table.Find(name)?.Read<string?>() is { } texts ? row => texts[row] ?? "" : _ => "";

    private IReadOnlyList<string> OrderModels()
    {
        var names = Tables.Values.SelectMany(table => table.Read<string>("model")).Distinct().ToArray();
        var sizes = CountParameters();
        return [.. names.OrderBy(name => sizes.GetValueOrDefault(name))];
    }
}
