using PythiaOrleans.Reporting.Series;

namespace PythiaOrleans.Reporting.Findings;

/// <summary>Structure is the mean correlation within groups of tokens minus between them.</summary>
internal sealed class EmbeddingStructureEarly : IFinding
{
    private const double Most = 0.7;

    /// <inheritdoc />
    public string Id => "embedding-structure-early";

    /// <inheritdoc />
    public string Claim => "the 256 x 256 correlation structure of the embedding appears early and stays";

    /// <inheritdoc />
    public IReadOnlyList<SeriesColumn> Reads { get; } = [new("embedding-correlation", "structure")];

    /// <inheritdoc />
    public IEnumerable<Evidence> Judge(SeriesSet series)
    {
        foreach (var model in series.Models)
        {
            foreach (var curve in series.Curves("embedding-correlation", "structure").Where(curve => curve.Model == model))
            {
                var early = curve.At(0.15) / curve.Last;
                yield return new(model, curve.Component, "structure score at 15 % of training over its last value", early, $"over {Most:0.##}", early > Most);
                var lowest = curve.Values.Where((_, i) => curve.Fraction(curve.Steps[i]) >= 0.15).Min() / curve.Last;
                yield return new(model, curve.Component, "smallest structure score after 15 % of training over its last value", lowest, $"over {Most:0.##}", lowest > Most);
            }
        }
    }
}
