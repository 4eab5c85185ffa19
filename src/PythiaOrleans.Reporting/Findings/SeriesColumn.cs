using PythiaOrleans.Checkpoints.Families;

namespace PythiaOrleans.Reporting.Findings;

/// <summary>A column of an analysis's series.</summary>
/// <param name="Analysis"><c>weight-moments</c>.</param>
/// <param name="Column"><c>norm</c>.</param>
/// <param name="Components">The components of interest; empty for all.</param>
public sealed record SeriesColumn(string Analysis, string Column, params string[] Components)
{
    /// <inheritdoc />
    public override string ToString() => $"{Analysis}.{Column}";
}
