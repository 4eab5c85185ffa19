using Parquet;
using Parquet.Schema;

namespace PythiaOrleans.Core.Tables;

/// <summary>One column of a table as one column of a Parquet file.</summary>
internal static class ParquetColumns
{
    // Levels of an optional list of required elements: null, empty, an element.
    private const int EmptyList = 1;
    private const int Element = 2;

    public static Field FieldOf(ColumnSchema schema) => schema.IsList
        ? new ListField(schema.Name, new DataField("element", schema.Type.GetElementType()!, isNullable: false))
        : new DataField(schema.Name, schema.Type, isNullable: schema.Nullable);

    public static Task WriteAsync(ParquetRowGroupWriter rows, ResultColumn column, Field field, CancellationToken cancellationToken)
    {
        Check(column);
        var type = column.Schema.Type;
        return type switch
        {
            _ when type == typeof(string) => rows.WriteAsync((DataField)field, [.. column.Values.Select(value => (string)value!)]),
            _ when type == typeof(int) => WriteScalarsAsync<int>(rows, column, field, cancellationToken),
            _ when type == typeof(long) => WriteScalarsAsync<long>(rows, column, field, cancellationToken),
            _ when type == typeof(double) => WriteScalarsAsync<double>(rows, column, field, cancellationToken),
            _ when type == typeof(bool) => WriteScalarsAsync<bool>(rows, column, field, cancellationToken),
            _ when type == typeof(int[]) => WriteListsAsync<int>(rows, column, field, cancellationToken),
            _ when type == typeof(long[]) => WriteListsAsync<long>(rows, column, field, cancellationToken),
            _ when type == typeof(float[]) => WriteListsAsync<float>(rows, column, field, cancellationToken),
            _ when type == typeof(double[]) => WriteListsAsync<double>(rows, column, field, cancellationToken),
            _ => throw new InvalidDataException($"Column '{column.Schema.Name}': no column holds {type.Name}."),
        };
    }

    /// <exception cref="InvalidDataException">No table holds such a column.</exception>
    public static ColumnSchema SchemaOf(Field field, bool nullableList, string description, string unit)
    {
        var leaf = field switch
        {
            ListField { Item: DataField item } => item,
            DataField scalar => scalar,
            _ => throw new InvalidDataException($"Column '{field.Name}': no column holds a {field.SchemaType}."),
        };
        var element = leaf.ClrType == typeof(ReadOnlyMemory<char>) ? typeof(string) : leaf.ClrType; // what the library calls text
        var type = field is ListField ? element.MakeArrayType() : element;
        return ResultColumn.Holds(type)
            ? new ColumnSchema(field.Name, type, field is ListField ? nullableList : leaf.IsNullable, description, unit)
            : throw new InvalidDataException($"Column '{field.Name}': no column holds {type.Name}.");
    }

    public static async Task<ResultColumn> ReadAsync(ParquetReader reader, Field field, ColumnSchema schema, CancellationToken cancellationToken)
    {
        var leaf = field is ListField list ? (DataField)list.Item : (DataField)field;
        var values = new List<object?>();
        for (var group = 0; group < reader.RowGroupCount; group++)
        {
            using var rows = reader.OpenRowGroupReader(group);
            values.AddRange(await (schema.Type switch
            {
                var type when type == typeof(string) => ReadStringsAsync(rows, leaf, cancellationToken),
                var type when type == typeof(int) => ReadScalarsAsync<int>(rows, leaf, cancellationToken),
                var type when type == typeof(long) => ReadScalarsAsync<long>(rows, leaf, cancellationToken),
                var type when type == typeof(double) => ReadScalarsAsync<double>(rows, leaf, cancellationToken),
                var type when type == typeof(bool) => ReadScalarsAsync<bool>(rows, leaf, cancellationToken),
                var type when type == typeof(int[]) => ReadListsAsync<int>(rows, leaf, cancellationToken),
                var type when type == typeof(long[]) => ReadListsAsync<long>(rows, leaf, cancellationToken),
                var type when type == typeof(float[]) => ReadListsAsync<float>(rows, leaf, cancellationToken),
                _ => ReadListsAsync<double>(rows, leaf, cancellationToken),
            }).ConfigureAwait(false));
        }

        return new ResultColumn(schema, values);
    }

    // The library would write a missing string of a required column as an empty one, and cast errors name no column.
    private static void Check(ResultColumn column)
    {
        for (var row = 0; row < column.Values.Count; row++)
        {
            var value = column.Values[row];
            if (value is null ? !column.Schema.Nullable : value.GetType() != column.Schema.Type)
            {
                throw new ArgumentException(
                    $"Column '{column.Schema.Name}', row {row}: expected {column.Schema.Type.Name}, found {value?.GetType().Name ?? "null"}. "
                    + "Make the property nullable where values may be missing.");
            }
        }
    }

    private static Task WriteScalarsAsync<T>(ParquetRowGroupWriter rows, ResultColumn column, Field field, CancellationToken cancellationToken)
        where T : struct => column.Schema.Nullable
        ? rows.WriteAsync<T>((DataField)field, column.Values.Select(value => (T?)value).ToArray().AsMemory(), cancellationToken: cancellationToken)
        : rows.WriteAsync<T>((DataField)field, column.Values.Select(value => (T)value!).ToArray().AsMemory(), cancellationToken: cancellationToken);

    private static Task WriteListsAsync<T>(ParquetRowGroupWriter rows, ResultColumn column, Field field, CancellationToken cancellationToken)
        where T : struct
    {
        var lists = column.Values.Select(value => (T[]?)value).ToArray();
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

    private static async Task<object?[]> ReadStringsAsync(ParquetRowGroupReader rows, DataField field, CancellationToken cancellationToken)
    {
        var values = new string?[rows.RowCount];
        await rows.ReadAsync(field, values.AsMemory(), cancellationToken: cancellationToken).ConfigureAwait(false);
        return values;
    }

    private static async Task<object?[]> ReadScalarsAsync<T>(ParquetRowGroupReader rows, DataField field, CancellationToken cancellationToken)
        where T : struct
    {
        if (field.IsNullable)
        {
            var values = new T?[rows.RowCount];
            await rows.ReadAsync<T>(field, values.AsMemory(), cancellationToken: cancellationToken).ConfigureAwait(false);
            return Array.ConvertAll(values, value => (object?)value);
        }

        var all = new T[rows.RowCount];
        await rows.ReadAsync<T>(field, all.AsMemory(), cancellationToken: cancellationToken).ConfigureAwait(false);
        return Array.ConvertAll(all, value => (object?)value);
    }

    private static async Task<object?[]> ReadListsAsync<T>(ParquetRowGroupReader rows, DataField item, CancellationToken cancellationToken)
        where T : struct
    {
        var levels = checked((int)rows.GetMetadata(item)!.MetaData!.NumValues);
        var (values, definitions, repetitions) = (new T[levels], new int[levels], new int[levels]);
        await rows.ReadRawAsync<T>(item, values.AsMemory(), definitions.AsMemory(), repetitions.AsMemory(), cancellationToken).ConfigureAwait(false);
        return Fold<T>(values, definitions, repetitions);
    }

    private static object?[] Fold<T>(ReadOnlySpan<T> values, ReadOnlySpan<int> definitions, ReadOnlySpan<int> repetitions)
        where T : struct
    {
        var lists = new List<object?>();
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
}
