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

    /// <summary>Whether the checkpoint before is compared with too.</summary>
    bool ReadsPrevious => false;

    /// <summary>The same, with the model's checkpoint before in the series.</summary>
    /// <param name="table">The checkpoint's table.</param>
    /// <param name="final">The final one's.</param>
    /// <param name="previous">That of the step before; null at the first one, and where <see cref="ReadsPrevious"/> is false.</param>
    IReadOnlyList<ResultColumn> Derive(ResultTable table, ResultTable final, ResultTable? previous) => Derive(table, final);

    /// <summary>Columns that need every step: one value for each row of the whole series.</summary>
    /// <param name="series">All rows, models in order, steps ascending, with the scalar columns.</param>
    IReadOnlyList<ResultColumn> DeriveFromSeries(ResultTable series) => [];
}
