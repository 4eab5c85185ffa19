using System.Collections.Immutable;

namespace PythiaOrleans.Core.Tables;

/// <summary>One column of a table, whatever it holds. Every instance is a <see cref="Column{T}"/>; use that type, or <see
/// cref="Read{T}"/>, to get at the values without boxing.</summary>
public abstract class ResultColumn
{
    private protected ResultColumn(ColumnSchema schema) => Schema = schema;

    /// <summary>What the values are.</summary>
    public ColumnSchema Schema { get; }

    /// <summary>The number of values.</summary>
    public abstract int Count { get; }

    /// <summary>The values as objects, boxed one by one on access: for text and for tests. Null where a value is missing.</summary>
    public IReadOnlyList<object?> Cells => new BoxedCells(this);

    /// <summary>Whether a column can hold values of the type.</summary>
    public static bool Holds(Type type) => ColumnTypes.Supported.Contains(type);

    /// <summary>A column without values.</summary>
    /// <exception cref="ArgumentException">No column holds values of the schema's type.</exception>
    public static ResultColumn Empty(ColumnSchema schema) => ColumnTypes.CreateEmpty(schema);

    /// <summary>A scalar numeric value as a double, a flag as 0 or 1; NaN where it is missing or no number.</summary>
    public abstract double Number(int row);

    /// <summary>The rows of the given indices, in their order.</summary>
    public abstract ResultColumn Select(IReadOnlyList<int> rows);

    /// <summary>The values of several columns of one schema, one after the other.</summary>
    /// <param name="parts">At least one; all hold the same type.</param>
    public static ResultColumn Concatenate(IReadOnlyList<ResultColumn> parts)
    {
        ArgumentNullException.ThrowIfNull(parts);
        return parts[0].ConcatenateAll(parts);
    }

    /// <summary>The values as <typeparamref name="T"/>. A required column can be read as a nullable one (<c>int</c> as <c>int?</c>), but
    /// not the other way round.</summary>
    /// <exception cref="InvalidDataException">The column holds another type.</exception>
    public ImmutableArray<T> Read<T>() => this is Column<T> column
        ? column.Values
        : ColumnTypes.TryWiden<T>(this)
            ?? throw new InvalidDataException(
                $"Column '{Schema.Name}': expected {ColumnTypes.NameOf(typeof(T))}, "
                + $"found {ColumnTypes.NameOf(ColumnTypes.CellType(Schema))}.");

    private protected abstract object? Box(int row);

    private protected abstract ResultColumn ConcatenateAll(IReadOnlyList<ResultColumn> parts);

    private sealed class BoxedCells(ResultColumn column) : IReadOnlyList<object?>
    {
        public int Count => column.Count;

        public object? this[int index] => column.Box(index);

        public IEnumerator<object?> GetEnumerator()
        {
            for (var row = 0; row < column.Count; row++)
            {
                yield return column.Box(row);
            }
        }

        System.Collections.IEnumerator System.Collections.IEnumerable.GetEnumerator() => GetEnumerator();
    }
}
