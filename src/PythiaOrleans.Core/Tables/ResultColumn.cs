namespace PythiaOrleans.Core.Tables;

/// <summary>The values of one column.</summary>
/// <param name="Schema">What they are.</param>
/// <param name="Values">One a row, boxed: of the schema's type, or null where it is nullable.</param>
public sealed record ResultColumn(ColumnSchema Schema, IReadOnlyList<object?> Values)
{
    private static readonly HashSet<Type> Types =
        [typeof(string), typeof(int), typeof(long), typeof(double), typeof(bool), typeof(int[]), typeof(long[]), typeof(float[]), typeof(double[])];

    /// <summary>Whether a column can hold values of the type.</summary>
    public static bool Holds(Type type) => Types.Contains(type);

    /// <summary>A scalar numeric value as a double; NaN where it is missing.</summary>
    public double Number(int row) => Values[row] switch
    {
        double value => value,
        long value => value,
        int value => value,
        bool value => value ? 1 : 0,
        _ => double.NaN,
    };
}
