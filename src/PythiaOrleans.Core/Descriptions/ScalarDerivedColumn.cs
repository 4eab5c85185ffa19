using PythiaOrleans.Core.Tables;

namespace PythiaOrleans.Core.Descriptions;

/// <summary>One derived column of numbers, computed row by row.</summary>
/// <param name="analysis">The analysis whose series gets the column.</param>
/// <param name="version">Counted up whenever the numbers may change.</param>
/// <param name="name">The column, in snake case.</param>
/// <param name="description">What it is.</param>
/// <param name="unit">Its unit; empty for pure numbers.</param>
public abstract class ScalarDerivedColumn(string analysis, int version, string name, string description, string unit = "") : IDerivedColumns
{
    /// <inheritdoc />
    public string Analysis => analysis;

    /// <inheritdoc />
    public int Version => version;

    /// <inheritdoc />
    /// <remarks>None, unless a column says otherwise.</remarks>
    public virtual IReadOnlyCollection<string> Lists => [];

    /// <inheritdoc />
    public IReadOnlyList<ResultColumn> Derive(ResultTable table, ResultTable final)
    {
        ArgumentNullException.ThrowIfNull(table);
        ArgumentNullException.ThrowIfNull(final);
        var schema = new ColumnSchema(name, typeof(double), true, description, unit);
        return [new Column<double?>(schema, Enumerable.Range(0, table.Count).Select(row => Derive(table, row, final)))];
    }

    /// <summary>The number of one row.</summary>
    /// <param name="table">The checkpoint's table.</param>
    /// <param name="row">The row, from 0.</param>
    /// <param name="final">The table of the model's final checkpoint; it may have fewer rows.</param>
    /// <returns>Null where there is none.</returns>
    protected abstract double? Derive(ResultTable table, int row, ResultTable final);
}
