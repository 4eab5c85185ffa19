using PythiaOrleans.Checkpoints.Loading;
using PythiaOrleans.Core.Tables;
using PythiaOrleans.Reporting.Series;
using PythiaOrleans.Testing;

namespace PythiaOrleans.Reporting.Tests;

/// <summary>Series made of formulas, for findings whose answer is known beforehand.</summary>
internal static class SyntheticSuite
{
    public const int Last = 100_000;

    /// <summary>
    /// A series with one row a model, component, block and step (every hundredth of training); columns are functions of (block,
    /// fraction, model's index).
    /// </summary>
    public static ResultTable Table(
        string[] models, (string Component, string Parameter)[] parts, int?[] blocks,
        params (string Name, Func<int, double, int, double> Value)[] columns) => Table(models, parts, blocks, Last, columns);

    /// <summary>The same, trained for another number of steps, 100 or more.</summary>
    public static ResultTable Table(
        string[] models, (string Component, string Parameter)[] parts, int?[] blocks, int last,
        params (string Name, Func<int, double, int, double> Value)[] columns)
    {
        var rows = (from m in Enumerable.Range(0, models.Length)
                    from part in parts
                    from block in blocks
                    from step in Enumerable.Range(1, 100)
                    select (Model: m, part.Component, part.Parameter, Block: block, Step: step * last / 100)).ToArray();
        object?[] Of(Func<int, object?> cell) => [.. Enumerable.Range(0, rows.Length).Select(cell)];
        return new ResultTable(
        [
            SampleTables.Column("model", typeof(string), false, Of(i => models[rows[i].Model])),
            SampleTables.Column("step", typeof(int), false, Of(i => rows[i].Step)),
            SampleTables.Column("block", typeof(int), true, Of(i => rows[i].Block)),
            SampleTables.Column("component", typeof(string), false, Of(i => rows[i].Component)),
            SampleTables.Column("parameter", typeof(string), false, Of(i => rows[i].Parameter)),
            .. columns.Select(column => SampleTables.Column(column.Name, typeof(double), false,
                Of(i => column.Value(rows[i].Block ?? 0, rows[i].Step / (double)last, rows[i].Model)))),
        ]);
    }

    public static SeriesSet Set(string analysis, ResultTable table) => Set((analysis, table));

    public static SeriesSet Set(params (string Analysis, ResultTable Table)[] series) =>
        new("synthetic", series.ToDictionary(one => one.Analysis, one => one.Table));
}
