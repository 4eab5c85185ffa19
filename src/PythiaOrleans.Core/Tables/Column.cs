using System.Collections.Immutable;
using System.Runtime.InteropServices;

namespace PythiaOrleans.Core.Tables;

/// <summary>A column with its values in one array.</summary>
/// <typeparam name="T">The type of a value: <see cref="string"/>, <see cref="int"/>, <see cref="long"/>, <see cref="double"/>, <see
/// cref="bool"/>, or an array of
/// <see cref="int"/>, <see cref="long"/>, <see cref="float"/> or <see cref="double"/>. Where the schema is nullable, scalars are
/// <c>int?</c> and so on.</typeparam>
public sealed class Column<T> : ResultColumn
{
    private static readonly Func<T, double> Convert = ColumnTypes.NumberOf<T>();

    /// <summary>Puts a schema and its values together.</summary>
    /// <param name="schema">What the values are; its type and nullability are those of <typeparamref name="T"/>.</param>
    /// <param name="values">One per row.</param>
    /// <exception cref="ArgumentException">The schema holds another type, or a value of a required column is missing; the message names
    /// column and row.</exception>
    public Column(ColumnSchema schema, ImmutableArray<T> values)
        : base(schema)
    {
        ArgumentNullException.ThrowIfNull(schema);
        if (ColumnTypes.CellType(schema) != typeof(T))
        {
            throw new ArgumentException(
                $"Column '{schema.Name}': the schema says {ColumnTypes.NameOf(ColumnTypes.CellType(schema))}, "
                + $"the values are {ColumnTypes.NameOf(typeof(T))}.",
                nameof(values));
        }

        // Parquet would store a missing string of a required column as an empty one.
        if (!schema.Nullable && !typeof(T).IsValueType && values.IndexOf(default!) is >= 0 and var row)
        {
            throw new ArgumentException(
                $"Column '{schema.Name}', row {row}: expected {schema.Type.Name}, found null. "
                + "Make the property nullable where values may be missing.",
                nameof(values));
        }

        Values = values;
    }

    /// <summary>Puts a schema and its values together.</summary>
    /// <inheritdoc cref="Column{T}(ColumnSchema, ImmutableArray{T})"/>
    public Column(ColumnSchema schema, IEnumerable<T> values)
        : this(schema, [.. values])
    {
    }

    /// <summary>One per row.</summary>
    public ImmutableArray<T> Values { get; }

    /// <inheritdoc />
    public override int Count => Values.Length;

    /// <inheritdoc />
    public override double Number(int row) => Convert(Values[row]);

    /// <inheritdoc />
    public override ResultColumn Select(IReadOnlyList<int> rows)
    {
        ArgumentNullException.ThrowIfNull(rows);
        var chosen = new T[rows.Count];
        for (var i = 0; i < chosen.Length; i++)
        {
            chosen[i] = Values[rows[i]];
        }

        return new Column<T>(Schema, ImmutableCollectionsMarshal.AsImmutableArray(chosen));
    }

    private protected override object? Box(int row) => Values[row];

    private protected override ResultColumn ConcatenateAll(IReadOnlyList<ResultColumn> parts)
    {
        var all = new T[parts.Sum(part => part.Count)];
        var at = 0;
        foreach (var part in parts)
        {
            part.Read<T>().CopyTo(all, at);
            at += part.Count;
        }

        return new Column<T>(Schema, ImmutableCollectionsMarshal.AsImmutableArray(all));
    }
}
