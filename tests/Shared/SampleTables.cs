using PythiaOrleans.Core.Ids;
using PythiaOrleans.Core.Sweeps;
using PythiaOrleans.Core.Tables;

namespace PythiaOrleans.Testing;

/// <summary>Tables that the tests share.</summary>
internal static class SampleTables
{
    /// <summary>Every column type, with missing values, empty lists and the numbers that formats like to lose.</summary>
    public static ResultTable Everything() => new(
    [
        Column("model", typeof(string), false, "a", "a", "b", "b"),
        Column("step", typeof(int), false, 0, int.MaxValue, -1, 7),
        Column("block", typeof(int), true, null, 0, null, 11),
        Column("count", typeof(long), false, 0L, long.MaxValue, long.MinValue, 1L),
        Column("gap", typeof(long), true, null, null, null, null),
        Column("mean", typeof(double), false, double.NaN, double.PositiveInfinity, double.NegativeInfinity, -0.0),
        Column("tail", typeof(double), true, null, double.Epsilon, 0.1, double.NaN),
        Column("finite", typeof(bool), false, true, false, true, true),
        Column("known", typeof(bool), true, null, false, true, null),
        Column("note", typeof(string), true, "=1+1", null, "", "\"Zürich\", [d]\n"),
        Column("counts", typeof(long[]), false, new long[] { 1, 2, 3 }, Array.Empty<long>(), new long[] { -5 }, new long[] { 9, 8 }),
        Column(
            "quantiles", typeof(double[]), true, null, new[] { double.NaN, 1.5 }, Array.Empty<double>(), new[] { double.NegativeInfinity }),
        Column("shape", typeof(int[]), false, new[] { 4, 5 }, new[] { 6 }, Array.Empty<int>(), new[] { 7 }),
        Column("singles", typeof(float[]), true, new[] { 0.1f }, null, null, new[] { float.NaN, float.MaxValue }),
    ]);

    public static ResultColumn Column(string name, Type type, bool nullable, params object?[] values) =>
        Column(new ColumnSchema(name, type, nullable, $"what {name} is", name == "step" ? "steps" : ""), values);

    /// <summary>A column of cells whose type only the schema tells.</summary>
    public static ResultColumn Column(ColumnSchema schema, IEnumerable<object?> cells) => schema.Type switch
    {
        var type when type == typeof(string) => new Column<string?>(schema, cells.Cast<string?>()),
        var type when type == typeof(int) => Scalars<int>(schema, cells),
        var type when type == typeof(long) => Scalars<long>(schema, cells),
        var type when type == typeof(double) => Scalars<double>(schema, cells),
        var type when type == typeof(bool) => Scalars<bool>(schema, cells),
        var type when type == typeof(int[]) => new Column<int[]?>(schema, cells.Cast<int[]?>()),
        var type when type == typeof(long[]) => new Column<long[]?>(schema, cells.Cast<long[]?>()),
        var type when type == typeof(float[]) => new Column<float[]?>(schema, cells.Cast<float[]?>()),
        _ => new Column<double[]?>(schema, cells.Cast<double[]?>()),
    };

    /// <summary>The table without its rows.</summary>
    public static ResultTable WithoutRows(ResultTable table) => new([.. table.Columns.Select(column => ResultColumn.Empty(column.Schema))]);

    /// <summary>As large as a result of the demo: one row a parameter, two lists of 513.</summary>
    public static ResultTable Typical(int rows, int seed, string model = "nano-1", int step = 1000)
    {
        var random = new Random(seed);
        object?[] Of(Func<int, object?> cell) => [.. Enumerable.Range(0, rows).Select(cell)];
        return new ResultTable(
        [
            Column("model", typeof(string), false, Of(_ => model)),
            Column("step", typeof(int), false, Of(_ => step)),
            Column("component", typeof(string), false, Of(row => row % 2 == 0 ? "attention.dense" : "mlp.dense_h_to_4h")),
            Column("block", typeof(int), true, Of(row => row == 0 ? null : row / 2)),
            Column("parameter", typeof(string), false, Of(_ => "weight")),
            .. Enumerable.Range(0, 14).Select(index => Column($"number_{index}", typeof(double), false, Of(_ => random.NextDouble()))),
            Column(
                "histogram", typeof(double[]), false, Of(_ => Enumerable.Range(0, 513).Select(_ => (double)random.Next(0, 200)).ToArray())),
            Column(
                "quantiles", typeof(double[]), false, Of(_ => Enumerable.Range(0, 513).Select(_ => random.NextDouble()).Order().ToArray())),
        ]);
    }

    /// <summary>Commits a table as a result, with the provenance and the record that the product writes.</summary>
    public static async Task<CommitOutcome> CommitAsync(
        ResultStore store, ResultKey key, ResultTable table, CancellationToken cancellationToken)
    {
        var bytes = await ResultParquet.WriteAsync(
            table, new Dictionary<string, string> { ["checkpoint"] = key.Checkpoint.ToString() }, cancellationToken);
        var digest = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(bytes));
        return await store.CommitAsync(
            key, bytes, new RunRecord(digest, table.Count, "here", DateTimeOffset.UnixEpoch, 1, 0.5, 0.25), cancellationToken);
    }

    /// <summary>Equal to the last bit, schema included.</summary>
    public static void AssertSame(ResultTable expected, ResultTable found)
    {
        Assert.Equal(expected.Columns.Select(column => column.Schema), found.Columns.Select(column => column.Schema));
        Assert.Equal(expected.Count, found.Count);
        foreach (var (a, b) in expected.Columns.Zip(found.Columns))
        {
            Assert.Equal(a.Cells.Select(Text), b.Cells.Select(Text));
        }
    }

    private static ResultColumn Scalars<T>(ColumnSchema schema, IEnumerable<object?> cells)
        where T : struct => schema.Nullable
            ? new Column<T?>(schema, cells.Select(cell => (T?)cell))
            : new Column<T>(schema, cells.Select(cell => (T)cell!));

    /// <summary>A cell as text that tells NaN from null, -0 from 0 and an empty list from none.</summary>
    public static string Text(object? cell) => cell switch
    {
        null => "null",
        string text => $"'{text}'",
        double number => BitConverter.DoubleToInt64Bits(number).ToString("x16"),
        float number => BitConverter.SingleToInt32Bits(number).ToString("x8"),
        Array list => $"[{string.Join(' ', list.Cast<object>().Select(Text))}]",
        _ => Convert.ToString(cell, System.Globalization.CultureInfo.InvariantCulture)!,
    };
}
