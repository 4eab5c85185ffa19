namespace PythiaOrleans.Core.Tables;

/// <summary>One column of a table.</summary>
/// <param name="Name">In snake case, as in the Parquet file: <c>excess_kurtosis</c>.</param>
/// <param name="Type">The element's type: <see cref="string"/>, <see cref="int"/>, <see cref="long"/>, <see cref="double"/>, <see
/// cref="bool"/>,
/// or an array of <see cref="int"/>, <see cref="long"/>, <see cref="float"/> or <see cref="double"/> (a list column).</param>
/// <param name="Nullable">Whether values may be missing.</param>
/// <param name="Description">What it is.</param>
/// <param name="Unit">The unit; empty for pure numbers.</param>
public sealed record ColumnSchema(string Name, Type Type, bool Nullable, string Description, string Unit)
{
    /// <summary>Whether each value is a list.</summary>
    public bool IsList => Type.IsArray;
}
