using PythiaOrleans.Checkpoints.Loading;
using PythiaOrleans.Core.Tables;
using PythiaOrleans.Numerics.Distributions;
using PythiaOrleans.Reporting.Published;
using PythiaOrleans.Reporting.Series;

namespace PythiaOrleans.Reporting.Comparisons;

/// <summary>Two sets of series, value by value: joined on model, step, block, component and parameter, every scalar number that both
/// have.</summary>
public static class Comparison
{
    // Keys, and what follows from the schedule and the sweep rather than from the weights.
    private static readonly HashSet<string> NotMeasured =
    [
        "model", "step", "block", "component", "parameter", "pooled", "reference_step", "previous_step",
        "fraction", "tokens", "learning_rate", "summed_learning_rate", "decay_factor",
    ];

    /// <summary>Compares; the relative error of a value is its difference from the reference's over the reference's size.</summary>
    /// <param name="series">What is judged.</param>
    /// <param name="reference">What it is measured against.</param>
    /// <param name="maxWorst">How many of the worst values are named.</param>
    public static ComparisonReport Compare(SeriesSet series, SeriesSet reference, int maxWorst = 20)
    {
        ArgumentNullException.ThrowIfNull(series);
        ArgumentNullException.ThrowIfNull(reference);
        var values = new List<ComparedValue>();
        var unmatched = 0L;
        foreach (var analysis in series.Tables.Keys.Intersect(reference.Tables.Keys).Order(StringComparer.Ordinal))
        {
            unmatched += Join(analysis, series.Tables[analysis], reference.Tables[analysis], values);
        }

        var published = reference.Name == PublishedSeries.Name || series.Name == PublishedSeries.Name;
        return new ComparisonReport(
            series.Name, reference.Name, values.Count, values.Count(value => value.RelativeError > 0), unmatched,
            [
                .. values.GroupBy(value => (value.Analysis, value.Column, value.Model, value.Component, value.Parameter))
                    .Select(group => new ComparedSeries(
                    group.Key.Analysis, group.Key.Column, group.Key.Model, group.Key.Component, group.Key.Parameter, group.Count(),
                    Quantiles.Median(group.Select(value => value.RelativeError)), group.Max(value => value.RelativeError),
                    published ? KnownErratum(group.Key.Model, group.Key.Component, group.Key.Parameter) : "")),
            ],
            [.. values.Where(value => value.RelativeError > 0).OrderByDescending(value => value.RelativeError).Take(maxWorst)]);
    }

    // What the source of the published series is known to have wrong.
    private static string KnownErratum(string model, string component, string parameter) => (model, component, parameter) switch
    {
        ("pythia-70m", "mlp.dense_4h_to_h", "bias") => "the published rows are a copy of those of attention.dense",
        _ => "",
    };

    private static long Join(string analysis, ResultTable table, ResultTable reference, List<ComparedValue> values)
    {
        string[] columns = [.. Numeric(table).Intersect(Numeric(reference))];
        var there = new Dictionary<(string, int, int, string, string, bool, int), int>();
        var (keys, wanted) = (Keys(table), Keys(reference));
        for (var row = 0; row < reference.Count; row++)
        {
            there[wanted(row)] = row;
        }

        var unmatched = 0L;
        for (var row = 0; row < table.Count; row++)
        {
            if (!there.TryGetValue(keys(row), out var partner))
            {
                unmatched++;
                continue;
            }

            var (model, step, block, component, parameter, _, _) = keys(row);
            foreach (var column in columns)
            {
                var (own, other) = (table[column].Number(row), reference[column].Number(partner));
                if (!double.IsNaN(own) || !double.IsNaN(other))
                {
                    values.Add(new ComparedValue(
                        analysis, column, model, component, parameter, block < 0 ? null : block, step, own, other, Error(own, other)));
                }
            }
        }

        return unmatched;
    }

    // A value that only one side has is as wrong as can be.
    private static double Error(double own, double other) =>
        own == other ? 0
        : double.IsFinite(own) && double.IsFinite(other) && other != 0 ? Math.Abs(own - other) / Math.Abs(other)
        : double.PositiveInfinity;

    private static IEnumerable<string> Numeric(ResultTable table) => table.Columns
        .Where(column => (column.Schema.Type == typeof(double) || column.Schema.Type == typeof(long) || column.Schema.Type == typeof(int))
            && !NotMeasured.Contains(column.Schema.Name))
        .Select(column => column.Schema.Name);

    // A distance has no partner among distances from another step: the reference step is part of the key.
    private static Func<int, (string Model, int Step, int Block, string Component, string Parameter, bool Pooled, int Reference)> Keys(
        ResultTable table)
    {
        var (models, steps, blocks) = (table.Read<string>("model"), table.Read<int>("step"), table.Find("block")?.Read<int?>());
        var (components, parameters) = (table.Find("component")?.Read<string?>(), table.Find("parameter")?.Read<string?>());
        var (pooled, references) = (table.Find("pooled")?.Read<bool?>(), table.Find("reference_step")?.Read<int?>());
        return row => (
            models[row], steps[row], blocks?[row] ?? -1, components?[row] ?? "", parameters?[row] ?? "",
            pooled?[row] ?? false, references?[row] ?? -1);
    }
}
