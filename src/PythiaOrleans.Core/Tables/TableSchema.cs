using System.Reflection;
using System.Text.Json;

namespace PythiaOrleans.Core.Tables;

/// <summary>The columns of a table, read off a row type: its properties in declaration order, in snake case.</summary>
public sealed class TableSchema
{
    private static readonly NullabilityInfoContext Nullability = new();
    private static readonly Lock Reading = new();

    private TableSchema(IReadOnlyList<ColumnSchema> columns, IReadOnlyList<PropertyInfo> properties)
    {
        Columns = columns;
        Properties = properties;
    }

    /// <summary>All columns: <c>model</c> and <c>step</c> first, then the row type's.</summary>
    public IReadOnlyList<ColumnSchema> Columns { get; }

    /// <summary>The row type's properties, in the order of the columns from the third on.</summary>
    internal IReadOnlyList<PropertyInfo> Properties { get; }

    /// <summary>The two columns that every table begins with.</summary>
    internal static IReadOnlyList<ColumnSchema> Keys { get; } =
    [
        new("model", typeof(string), false, "the catalog's name of the model", ""),
        new("step", typeof(int), false, "optimizer steps taken", "steps"),
    ];

    /// <summary>The schema of a row type.</summary>
    /// <exception cref="InvalidOperationException">A property carries no <see cref="ColumnAttribute"/> or has a type that no column
    /// holds.</exception>
    public static TableSchema For<TRow>()
    {
        var properties = typeof(TRow).GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .Where(property => property.Name != "EqualityContract")
            .OrderBy(property => property.MetadataToken)
            .ToArray();
        return new TableSchema([.. Keys, .. properties.Select(ColumnOf)], properties);
    }

    private static ColumnSchema ColumnOf(PropertyInfo property)
    {
        var column = property.GetCustomAttribute<ColumnAttribute>()
            ?? throw new InvalidOperationException(
                $"{property.DeclaringType!.Name}.{property.Name} needs a [Column] that says what it holds.");
        var type = Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;
        if (!ResultColumn.Holds(type))
        {
            throw new InvalidOperationException($"{property.DeclaringType!.Name}.{property.Name} is a {type.Name}, which no column holds.");
        }

        return new ColumnSchema(
            JsonNamingPolicy.SnakeCaseLower.ConvertName(property.Name), type, IsNullable(property), column.Description, column.Unit);
    }

    private static bool IsNullable(PropertyInfo property)
    {
        lock (Reading)
        {
            return Nullability.Create(property).ReadState == NullabilityState.Nullable;
        }
    }
}
