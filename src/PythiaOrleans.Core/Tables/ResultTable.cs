using PythiaOrleans.Core.Ids;

namespace PythiaOrleans.Core.Tables;

/// <summary>A tidy table: named, typed columns of equal length. What analyses return, Parquet holds and series are made of.</summary>
public sealed class ResultTable
{
    private readonly Dictionary<string, ResultColumn> _byName;

    /// <summary>Puts columns together.</summary>
    /// <exception cref="ArgumentException">Lengths differ, or two columns share a name.</exception>
    public ResultTable(IReadOnlyList<ResultColumn> columns)
    {
        ArgumentNullException.ThrowIfNull(columns);
        Columns = columns;
        Count = columns.Count == 0 ? 0 : columns[0].Values.Count;
        if (columns.FirstOrDefault(column => column.Values.Count != Count) is { } odd)
        {
            throw new ArgumentException($"Column '{odd.Schema.Name}' has {odd.Values.Count} rows, column '{columns[0].Schema.Name}' has {Count}.", nameof(columns));
        }

        _byName = columns.ToDictionary(column => column.Schema.Name, StringComparer.Ordinal);
    }

    /// <summary>The columns in order.</summary>
    public IReadOnlyList<ResultColumn> Columns { get; }

    /// <summary>The number of rows.</summary>
    public int Count { get; }

    /// <summary>The column of that name.</summary>
    /// <exception cref="KeyNotFoundException">There is none; the message lists those that exist.</exception>
    public ResultColumn this[string name] => _byName.TryGetValue(name, out var column)
        ? column
        : throw new KeyNotFoundException($"The table has no column '{name}'; it has {string.Join(", ", _byName.Keys)}.");

    /// <summary>The table of a checkpoint's rows.</summary>
    /// <typeparam name="TRow">A record whose properties carry <see cref="ColumnAttribute"/>.</typeparam>
    public static ResultTable From<TRow>(CheckpointId checkpoint, IEnumerable<TRow> rows)
        where TRow : notnull
    {
        var schema = TableSchema.For<TRow>();
        var all = rows.ToArray();
        var keys = new object?[][] { [.. all.Select(_ => (object?)checkpoint.Model)], [.. all.Select(_ => (object?)checkpoint.Step)] };
        var values = schema.Properties.Select(property => all.Select(row => property.GetValue(row)).ToArray());
        return new ResultTable([.. schema.Columns.Zip(keys.Concat(values), (column, cells) => new ResultColumn(column, cells))]);
    }
}
