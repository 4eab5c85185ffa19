using PythiaOrleans.Core.Tables;

namespace PythiaOrleans.Core.Descriptions;

/// <summary>
/// Columns of a series that no checkpoint has alone: each checkpoint's table, list columns included, compared with the final one of its
/// model.
/// </summary>
/// <remarks>
/// Final is the last step of the sweep that has a result, so that a partial sweep has them too. An analysis offers them by its
/// <c>DerivedColumns</c>.
/// </remarks>
public interface IDerivedColumns
{
    /// <summary>The analysis whose series gets the columns.</summary>
    string Analysis { get; }

    /// <summary>Counted up whenever the numbers may change: series are then written again.</summary>
    int Version { get; }

    /// <summary>The list columns that are read beside the scalar ones.</summary>
    IReadOnlyCollection<string> Lists { get; }

    /// <summary>The columns, one value for each row of <paramref name="table"/>; the schemas are the same for every table.</summary>
    IReadOnlyList<ResultColumn> Derive(ResultTable table, ResultTable final);
}
