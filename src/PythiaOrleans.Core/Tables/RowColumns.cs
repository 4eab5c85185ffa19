using System.Collections.Immutable;
using System.Linq.Expressions;
using System.Reflection;
using System.Runtime.InteropServices;

namespace PythiaOrleans.Core.Tables;

/// <summary>Reads the columns of a row type off its rows, with one compiled getter per property: no value is boxed.</summary>
internal static class RowColumns<TRow>
{
    /// <summary>One per property, in the schema's order.</summary>
    public static IReadOnlyList<RowColumn> All { get; } = Create();

    private static RowColumn[] Create()
    {
        var schema = TableSchema.For<TRow>();
        return [.. schema.Properties.Zip(schema.Columns.Skip(TableSchema.Keys.Count), (property, column) =>
            (RowColumn)Activator.CreateInstance(typeof(Typed<>).MakeGenericType(typeof(TRow), property.PropertyType), column, property)!)];
    }

    /// <summary>One column.</summary>
    internal abstract class RowColumn
    {
        public abstract ResultColumn Read(TRow[] rows);
    }

    private sealed class Typed<T>(ColumnSchema schema, PropertyInfo property) : RowColumn
    {
        private readonly Func<TRow, T> _get = CompileGetter(property);

        public override ResultColumn Read(TRow[] rows) =>
            new Column<T>(schema, ImmutableCollectionsMarshal.AsImmutableArray(Array.ConvertAll(rows, row => _get(row))));

        private static Func<TRow, T> CompileGetter(PropertyInfo property)
        {
            var row = Expression.Parameter(typeof(TRow));
            return Expression.Lambda<Func<TRow, T>>(Expression.Property(row, property), row).Compile();
        }
    }
}
