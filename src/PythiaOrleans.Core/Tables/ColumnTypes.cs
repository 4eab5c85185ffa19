using System.Collections.Frozen;
using System.Collections.Immutable;

namespace PythiaOrleans.Core.Tables;

/// <summary>The types that columns hold, and what can be done with them.</summary>
internal static class ColumnTypes
{
    public static FrozenSet<Type> Supported { get; } = new[]
    {
        typeof(string), typeof(int), typeof(long), typeof(double), typeof(bool),
        typeof(int[]), typeof(long[]), typeof(float[]), typeof(double[]),
    }.ToFrozenSet();

    /// <summary>The type of one value: a scalar of a nullable column is a <see cref="Nullable{T}"/>.</summary>
    public static Type CellType(ColumnSchema schema) =>
        schema.Nullable && schema.Type.IsValueType ? typeof(Nullable<>).MakeGenericType(schema.Type) : schema.Type;

    /// <summary>A type's name as C# spells it: <c>Int32?</c>, <c>Double[]</c>.</summary>
    public static string NameOf(Type type) => Nullable.GetUnderlyingType(type) is { } scalar ? scalar.Name + "?" : type.Name;

    public static ResultColumn CreateEmpty(ColumnSchema schema) => schema.Type switch
    {
        var type when type == typeof(string) => new Column<string?>(schema, []),
        var type when type == typeof(int) => EmptyScalar<int>(schema),
        var type when type == typeof(long) => EmptyScalar<long>(schema),
        var type when type == typeof(double) => EmptyScalar<double>(schema),
        var type when type == typeof(bool) => EmptyScalar<bool>(schema),
        var type when type == typeof(int[]) => new Column<int[]?>(schema, []),
        var type when type == typeof(long[]) => new Column<long[]?>(schema, []),
        var type when type == typeof(float[]) => new Column<float[]?>(schema, []),
        var type when type == typeof(double[]) => new Column<double[]?>(schema, []),
        var type => throw new ArgumentException($"Column '{schema.Name}': no column holds {type.Name}.", nameof(schema)),
    };

    /// <summary>The values of a required column as those of a nullable one; null where the column's type is another.</summary>
    public static ImmutableArray<T>? TryWiden<T>(ResultColumn column) => column switch
    {
        Column<int> numbers when typeof(T) == typeof(int?) => Widen<int, T>(numbers),
        Column<long> numbers when typeof(T) == typeof(long?) => Widen<long, T>(numbers),
        Column<double> numbers when typeof(T) == typeof(double?) => Widen<double, T>(numbers),
        Column<bool> flags when typeof(T) == typeof(bool?) => Widen<bool, T>(flags),
        _ => null,
    };

    /// <summary>How a value becomes a double; NaN where it is missing or no number.</summary>
    public static Func<T, double> NumberOf<T>() => new Dictionary<Type, Delegate>
    {
        [typeof(double)] = (double value) => value,
        [typeof(double?)] = (double? value) => value ?? double.NaN,
        [typeof(long)] = (long value) => (double)value,
        [typeof(long?)] = (long? value) => value ?? double.NaN,
        [typeof(int)] = (int value) => (double)value,
        [typeof(int?)] = (int? value) => value ?? double.NaN,
        [typeof(bool)] = (bool value) => value ? 1.0 : 0,
        [typeof(bool?)] = (bool? value) => value is { } flag ? flag ? 1 : 0 : double.NaN,
    }.GetValueOrDefault(typeof(T)) as Func<T, double> ?? (_ => double.NaN);

    private static ResultColumn EmptyScalar<T>(ColumnSchema schema)
        where T : struct => schema.Nullable ? new Column<T?>(schema, []) : new Column<T>(schema, []);

    private static ImmutableArray<TNullable> Widen<TScalar, TNullable>(Column<TScalar> column)
        where TScalar : struct =>
        (ImmutableArray<TNullable>)(object)ImmutableArray.CreateRange(column.Values, value => (TScalar?)value);
}
