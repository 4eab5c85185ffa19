using System.Collections.Immutable;
using System.Runtime.InteropServices;
using Parquet;
using Parquet.Schema;

namespace PythiaOrleans.Core.Tables;

/// <summary>One column of a table as one column of a Parquet file.</summary>
internal static class ParquetColumns
{
    // Levels of an optional list of required elements: null, empty, an element.
    private const int EmptyList = 1;
    private const int Element = 2;
    private const int MaxShared = 4096;

    public static Field FieldOf(ColumnSchema schema) => schema.IsList
        ? new ListField(schema.Name, new DataField("element", schema.Type.GetElementType()!, isNullable: false))
        : new DataField(schema.Name, schema.Type, isNullable: schema.Nullable);

    public static Task WriteAsync(ParquetRowGroupWriter rows, ResultColumn column, Field field, CancellationToken cancellationToken) =>
        column switch
        {
            Column<string?> texts => rows.WriteAsync((DataField)field, [.. texts.Values!]),
            Column<int> values => WriteScalarsAsync(rows, values, field, cancellationToken),
            Column<int?> values => WriteScalarsAsync(rows, values, field, cancellationToken),
            Column<long> values => WriteScalarsAsync(rows, values, field, cancellationToken),
            Column<long?> values => WriteScalarsAsync(rows, values, field, cancellationToken),
            Column<double> values => WriteScalarsAsync(rows, values, field, cancellationToken),
            Column<double?> values => WriteScalarsAsync(rows, values, field, cancellationToken),
            Column<bool> values => WriteScalarsAsync(rows, values, field, cancellationToken),
            Column<bool?> values => WriteScalarsAsync(rows, values, field, cancellationToken),
            Column<int[]?> lists => WriteListsAsync(rows, lists, field, cancellationToken),
            Column<long[]?> lists => WriteListsAsync(rows, lists, field, cancellationToken),
            Column<float[]?> lists => WriteListsAsync(rows, lists, field, cancellationToken),
            Column<double[]?> lists => WriteListsAsync(rows, lists, field, cancellationToken),
            _ => throw new InvalidDataException($"Column '{column.Schema.Name}': no column holds {column.Schema.Type.Name}."),
        };

    /// <exception cref="InvalidDataException">No table holds such a column.</exception>
    public static ColumnSchema SchemaOf(Field field, bool nullableList, string description, string unit)
    {
        var leaf = field switch
        {
            ListField { Item: DataField item } => item,
            DataField scalar => scalar,
            _ => throw new InvalidDataException($"Column '{field.Name}': no column holds a {field.SchemaType}."),
        };
        var element = leaf.ClrType == typeof(ReadOnlyMemory<char>) ? typeof(string) : leaf.ClrType; // the library's type of text
        var type = field is ListField ? element.MakeArrayType() : element;
        return ResultColumn.Holds(type)
            ? new ColumnSchema(field.Name, type, field is ListField ? nullableList : leaf.IsNullable, description, unit)
            : throw new InvalidDataException($"Column '{field.Name}': no column holds {type.Name}.");
    }

    public static async Task<ResultColumn> ReadAsync(
        ParquetReader reader, Field field, ColumnSchema schema, CancellationToken cancellationToken)
    {
        var leaf = field is ListField list ? (DataField)list.Item : (DataField)field;
        var groups = new List<ResultColumn>();
        for (var group = 0; group < reader.RowGroupCount; group++)
        {
            using var rows = reader.OpenRowGroupReader(group);
            groups.Add(await ReadAsync(rows, leaf, schema, cancellationToken).ConfigureAwait(false));
        }

        return groups.Count switch
        {
            0 => ResultColumn.Empty(schema),
            1 => groups[0],
            _ => ResultColumn.Concatenate(groups),
        };
    }

    private static Task<ResultColumn> ReadAsync(
        ParquetRowGroupReader rows, DataField leaf, ColumnSchema schema, CancellationToken cancellationToken) => schema.Type switch
        {
            var type when type == typeof(string) => ReadStringsAsync(rows, leaf, schema, cancellationToken),
            var type when type == typeof(int) => ReadScalarsAsync<int>(rows, leaf, schema, cancellationToken),
            var type when type == typeof(long) => ReadScalarsAsync<long>(rows, leaf, schema, cancellationToken),
            var type when type == typeof(double) => ReadScalarsAsync<double>(rows, leaf, schema, cancellationToken),
            var type when type == typeof(bool) => ReadScalarsAsync<bool>(rows, leaf, schema, cancellationToken),
            var type when type == typeof(int[]) => ReadListsAsync<int>(rows, leaf, schema, cancellationToken),
            var type when type == typeof(long[]) => ReadListsAsync<long>(rows, leaf, schema, cancellationToken),
            var type when type == typeof(float[]) => ReadListsAsync<float>(rows, leaf, schema, cancellationToken),
            _ => ReadListsAsync<double>(rows, leaf, schema, cancellationToken),
        };

    private static Task WriteScalarsAsync<T>(ParquetRowGroupWriter rows, Column<T> column, Field field, CancellationToken cancellationToken)
        where T : struct => rows.WriteAsync<T>((DataField)field, column.Values.AsMemory(), cancellationToken: cancellationToken);

    private static Task WriteScalarsAsync<T>(
        ParquetRowGroupWriter rows, Column<T?> column, Field field, CancellationToken cancellationToken)
        where T : struct => rows.WriteAsync<T>((DataField)field, column.Values.AsMemory(), cancellationToken: cancellationToken);

    private static Task WriteListsAsync<T>(
        ParquetRowGroupWriter rows, Column<T[]?> column, Field field, CancellationToken cancellationToken)
        where T : struct
    {
        var lists = column.Values;
        var values = new T[lists.Sum(list => list?.Length ?? 0)];
        var definitions = new int[lists.Sum(list => Math.Max(1, list?.Length ?? 0))];
        var repetitions = new int[definitions.Length];
        var (value, level) = (0, 0);
        foreach (var list in lists)
        {
            if (list is null or [])
            {
                definitions[level++] = list is null ? 0 : EmptyList;
                continue;
            }

            list.CopyTo(values, value);
            definitions.AsSpan(level, list.Length).Fill(Element);
            repetitions.AsSpan(level + 1, list.Length - 1).Fill(1);
            (value, level) = (value + list.Length, level + list.Length);
        }

        return rows.WriteAllPartsAsync<T>(
            (DataField)((ListField)field).Item, values, definitions, repetitions, cancellationToken);
    }

    private static async Task<ResultColumn> ReadStringsAsync(
        ParquetRowGroupReader rows, DataField field, ColumnSchema schema, CancellationToken cancellationToken)
    {
        var values = new string?[rows.RowCount];
        await rows.ReadAsync(field, values.AsMemory(), cancellationToken: cancellationToken).ConfigureAwait(false);
        ShareEqual(values);
        return Own(schema, values);
    }

    // The library makes a string per row, although a column such as the model has few different ones.
    private static void ShareEqual(string?[] values)
    {
        var shared = new Dictionary<string, string>(StringComparer.Ordinal);
        for (var row = 0; row < values.Length; row++)
        {
            if (values[row] is not { } text || shared.TryGetValue(text, out values[row]))
            {
                continue;
            }

            if (shared.Count == MaxShared)
            {
                values[row] = text;
                return; // all different: nothing to gain
            }

            shared[text] = values[row] = text;
        }
    }

    private static async Task<ResultColumn> ReadScalarsAsync<T>(
        ParquetRowGroupReader rows, DataField field, ColumnSchema schema, CancellationToken cancellationToken)
        where T : struct
    {
        if (field.IsNullable)
        {
            var values = new T?[rows.RowCount];
            await rows.ReadAsync<T>(field, values.AsMemory(), cancellationToken: cancellationToken).ConfigureAwait(false);
            return Own(schema, values);
        }

        var all = new T[rows.RowCount];
        await rows.ReadAsync<T>(field, all.AsMemory(), cancellationToken: cancellationToken).ConfigureAwait(false);
        return Own(schema, all);
    }

    private static async Task<ResultColumn> ReadListsAsync<T>(
        ParquetRowGroupReader rows, DataField item, ColumnSchema schema, CancellationToken cancellationToken)
        where T : struct
    {
        var levels = checked((int)rows.GetMetadata(item)!.MetaData!.NumValues);
        var (values, definitions, repetitions) = (new T[levels], new int[levels], new int[levels]);
        await rows.ReadRawAsync<T>(item, values.AsMemory(), definitions.AsMemory(), repetitions.AsMemory(), cancellationToken)
            .ConfigureAwait(false);
        return Own(schema, Fold<T>(values, definitions, repetitions, checked((int)rows.RowCount)));
    }

    private static T[]?[] Fold<T>(ReadOnlySpan<T> values, ReadOnlySpan<int> definitions, ReadOnlySpan<int> repetitions, int rows)
        where T : struct
    {
        var lists = new List<T[]?>(rows);
        var next = 0;
        for (var i = 0; i < definitions.Length;)
        {
            var end = i + 1;
            while (end < definitions.Length && repetitions[end] == 1)
            {
                end++;
            }

            var length = definitions[i] == Element ? end - i : 0;
            lists.Add(definitions[i] == 0 ? null : values.Slice(next, length).ToArray());
            next += length;
            i = end;
        }

        return [.. lists];
    }

    private static Column<T> Own<T>(ColumnSchema schema, T[] values) => new(schema, ImmutableCollectionsMarshal.AsImmutableArray(values));
}
