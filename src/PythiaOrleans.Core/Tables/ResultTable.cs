using System.Collections.Immutable;
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
        Count = columns.Count == 0 ? 0 : columns[0].Count;
        if (columns.FirstOrDefault(column => column.Count != Count) is { } odd)
        {
            throw new ArgumentException(
                $"Column '{odd.Schema.Name}' has {odd.Count} rows, column '{columns[0].Schema.Name}' has {Count}.", nameof(columns));
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

    /// <summary>The values of a column. A required column can be read as a nullable one.</summary>
    /// <typeparam name="T">The type of a value, <c>int?</c> for a nullable column of integers.</typeparam>
    /// <exception cref="KeyNotFoundException">There is no such column.</exception>
    /// <exception cref="InvalidDataException">The column holds another type.</exception>
    public ImmutableArray<T> Read<T>(string name) => this[name].Read<T>();

    /// <summary>The column of that name; null where there is none.</summary>
    public ResultColumn? Find(string name) => _byName.GetValueOrDefault(name);

    /// <summary>The table of a checkpoint's rows.</summary>
    /// <typeparam name="TRow">A record whose properties carry <see cref="ColumnAttribute"/>.</typeparam>
    public static ResultTable From<TRow>(CheckpointId checkpoint, IEnumerable<TRow> rows)
        where TRow : notnull
    {
        TRow[] all = [.. rows];
        return new ResultTable(
        [
            new Column<string>(TableSchema.Keys[0], Enumerable.Repeat(checkpoint.Model, all.Length)),
            new Column<int>(TableSchema.Keys[1], Enumerable.Repeat(checkpoint.Step, all.Length)),
            .. RowColumns<TRow>.All.Select(column => column.Read(all)),
        ]);
    }
}
