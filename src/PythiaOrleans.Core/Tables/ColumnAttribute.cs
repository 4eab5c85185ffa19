namespace PythiaOrleans.Core.Tables;

/// <summary>Says what a column of a row type holds; help, docs and axis labels are made from it.</summary>
/// <param name="description">What it is, one phrase.</param>
[AttributeUsage(AttributeTargets.Property)]
public sealed class ColumnAttribute(string description) : Attribute
{
    /// <summary>What it is, one phrase.</summary>
    public string Description { get; } = description;

    /// <summary>The unit; empty for pure numbers.</summary>
    public string Unit { get; init; } = "";
}
