using Parquet;
using Parquet.Schema;

namespace PythiaOrleans.Results;

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

    public static async Task<ResultColumn> ReadAsync(
        ParquetRowGroupReader rows, Field field, string description, string unit, CancellationToken cancellationToken)
    {
        if (field is ListField list)
        {
            var item = (DataField)list.Item;
            var values = item.ClrType switch
            {
                var type when type == typeof(int) => await ReadListsAsync<int>(rows, item, cancellationToken).ConfigureAwait(false),
                var type when type == typeof(long) => await ReadListsAsync<long>(rows, item, cancellationToken).ConfigureAwait(false),
                var type when type == typeof(float) => await ReadListsAsync<float>(rows, item, cancellationToken).ConfigureAwait(false),
                var type when type == typeof(double) => await ReadListsAsync<double>(rows, item, cancellationToken).ConfigureAwait(false),
                var type => throw new InvalidDataException($"Column '{field.Name}': no column holds lists of {type.Name}."),
            };
            return new ResultColumn(new ColumnSchema(field.Name, item.ClrType.MakeArrayType(), true, description, unit), values);
        }

        var data = (DataField)field;
        var scalars = data.ClrType switch
        {
            var type when type == typeof(string) => await ReadStringsAsync(rows, data, cancellationToken).ConfigureAwait(false),
            var type when type == typeof(int) => await ReadScalarsAsync<int>(rows, data, cancellationToken).ConfigureAwait(false),
            var type when type == typeof(long) => await ReadScalarsAsync<long>(rows, data, cancellationToken).ConfigureAwait(false),
            var type when type == typeof(double) => await ReadScalarsAsync<double>(rows, data, cancellationToken).ConfigureAwait(false),
            var type when type == typeof(bool) => await ReadScalarsAsync<bool>(rows, data, cancellationToken).ConfigureAwait(false),
            var type => throw new InvalidDataException($"Column '{field.Name}': no column holds {type.Name}."),
        };
        return new ResultColumn(new ColumnSchema(field.Name, data.ClrType, data.IsNullable, description, unit), scalars);
    }

    private static Task WriteScalarsAsync<T>(ParquetRowGroupWriter rows, ResultColumn column, Field field, CancellationToken cancellationToken)
        where T : struct => column.Schema.Nullable
        ? rows.WriteAsync<T>((DataField)field, column.Values.Select(value => (T?)value).ToArray().AsMemory(), cancellationToken: cancellationToken)
        : rows.WriteAsync<T>((DataField)field, column.Values.Select(value => (T)value!).ToArray().AsMemory(), cancellationToken: cancellationToken);

    private static Task WriteListsAsync<T>(ParquetRowGroupWriter rows, ResultColumn column, Field field, CancellationToken cancellationToken)
        where T : struct
    {
        var values = new List<T>();
        var definitions = new List<int>();
        var repetitions = new List<int>();
        foreach (var value in column.Values)
        {
            var list = (T[]?)value;
            values.AddRange(list ?? []);
            for (var i = 0; i < Math.Max(1, list?.Length ?? 0); i++)
            {
                definitions.Add(list is null ? 0 : list.Length == 0 ? EmptyList : Element);
                repetitions.Add(i == 0 ? 0 : 1);
            }
        }

        return rows.WriteAllPartsAsync<T>(
            (DataField)((ListField)field).Item, values.ToArray(), (ReadOnlyMemory<int>)definitions.ToArray(), (ReadOnlyMemory<int>)repetitions.ToArray(), cancellationToken);
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
