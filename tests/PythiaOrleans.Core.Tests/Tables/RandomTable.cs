using CsCheck;
using PythiaOrleans.Core.Tables;
using PythiaOrleans.Testing;

namespace PythiaOrleans.Core.Tests;

/// <summary>Tables of any columns and any length, for round trips.</summary>
internal static class RandomTable
{
    private static readonly Gen<double> Doubles = Gen.OneOf(
        Gen.Double, Gen.OneOf(double.NaN, double.PositiveInfinity, double.NegativeInfinity, -0.0, double.Epsilon, double.MaxValue));

    private static readonly Gen<string> Strings = Gen.OneOf(Gen.String, Gen.OneOf("", " ", "a", "é", "\n", "=1", "\"", ","));

    private static readonly Gen<(Type Type, Gen<object?> Cell)> Kinds = Gen.OneOf<(Type, Gen<object?>)>(
        (typeof(string), Strings.Where(IsText).Select(cell => (object?)cell)),
        (typeof(int), Gen.Int.Select(cell => (object?)cell)),
        (typeof(long), Gen.Long.Select(cell => (object?)cell)),
        (typeof(double), Doubles.Select(cell => (object?)cell)),
        (typeof(bool), Gen.Bool.Select(cell => (object?)cell)),
        (typeof(int[]), Gen.Int.Array[0, 5].Select(cell => (object?)cell)),
        (typeof(long[]), Gen.Long.Array[0, 5].Select(cell => (object?)cell)),
        (typeof(float[]), Gen.Float.Array[0, 5].Select(cell => (object?)cell)),
        (typeof(double[]), Doubles.Array[0, 5].Select(cell => (object?)cell)));

    public static Gen<ResultTable> Any { get; } =
        from rows in Gen.OneOf(Gen.Int[0, 3], Gen.Int[4, 200])
        from columns in Column(rows).Array[1, 6]
        select new ResultTable(
            [.. columns.Select((column, index) => SampleTables.Column(column.Schema with { Name = $"c{index}" }, column.Cells))]);

    private static Gen<(ColumnSchema Schema, object?[] Cells)> Column(int rows) =>
        from kind in Kinds
        from nullable in Gen.Bool
        from missing in Gen.Double.Unit
        from cells in Gen.Select(kind.Cell, Gen.Double.Unit, (cell, draw) => nullable && draw < missing ? null : cell).Array[rows]
        from unit in Gen.OneOf("", "steps", "1/d")
        select (new ColumnSchema("", kind.Type, nullable, "a column", unit), cells);

    // Half a surrogate pair is no text, and UTF-8 cannot hold it.
    private static bool IsText(string text)
    {
        for (var index = 0; index < text.Length; index++)
        {
            if (char.IsSurrogate(text[index]))
            {
                return false;
            }
        }

        return true;
    }
}
