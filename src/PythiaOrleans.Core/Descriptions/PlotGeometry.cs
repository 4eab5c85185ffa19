namespace PythiaOrleans.Core.Descriptions;

/// <summary>
/// Where the values of a list column lie: [<see cref="From"/>, <see cref="To"/>] in equal cells, one value for each cell.
/// </summary>
/// <remarks>
/// Bins of a histogram are the cells themselves; quantiles stand at the middles of cells of [0, 1]. The analysis computes its lists from
/// the geometry that its plot declares, and the report draws from the same one: the numbers stand nowhere else.
/// </remarks>
/// <param name="From">The left end of the first cell, in the unit of the plot's x axis.</param>
/// <param name="To">The right end of the last cell.</param>
/// <param name="Count">How many cells there are.</param>
public sealed record PlotGeometry(double From, double To, int Count)
{
    /// <summary>The width of a cell.</summary>
    public double CellWidth => (To - From) / Count;

    /// <summary>The middle of cell <paramref name="index"/>, from 0.</summary>
    public double Middle(int index) => From + ((To - From) * (index + 0.5) / Count);

    /// <summary>The middles of all cells, ascending; <see cref="Count"/> of them.</summary>
    public double[] Middles() => [.. Enumerable.Range(0, Count).Select(Middle)];
}
