using PythiaOrleans.Checkpoints.Families;
using PythiaOrleans.Reporting.Series;

namespace PythiaOrleans.Reporting.Findings;

/// <summary>Structure is the mean correlation within groups of tokens minus between them, of the first 256 tokens.</summary>
internal sealed class EmbeddingStructureEarly : IFinding
{
    private const double Early = 0.15;
    private const double Most = 0.7;
    private const double Visible = 0.02;

    private static readonly Measure Structure = new(
        "mean correlation within groups of tokens minus between them",
        new SeriesColumn("embedding-correlation", "structure", Components.EmbedIn) { Parameter = "first", Rows = SeriesRows.Whole })
    {
        Window = (0, Early),
    };

    /// <inheritdoc />
    public string Id => "embedding-structure-early";

    /// <inheritdoc />
    public string Claim => "the 256 x 256 correlation structure of the embedding appears early and stays";

    /// <inheritdoc />
    public IReadOnlyList<Measure> Measures { get; } = [Structure];

    /// <inheritdoc />
    public IEnumerable<Evidence> Judge(SeriesSet series)
    {
        foreach (var model in series.Models)
        {
            foreach (var curve in Structure.Curves(series, model))
            {
                var early = curve.At(Early) / curve.Last;
                yield return Structure.Says(
                    "appears early", model, Components.EmbedIn, "score at 15 % of training over its last", early, $"over {Most:0.##}",
                    early > Most);
                var lowest = curve.Values.Where((_, i) => curve.Fraction(curve.Steps[i]) >= Early).Min() / curve.Last;
                yield return Structure.Says(
                    "stays", model, Components.EmbedIn, "smallest score after 15 % of training over its last", lowest,
                    $"over {Most:0.##}", lowest > Most);
                var grown = curve.Last - curve.First;
                yield return Structure.Says(
                    "appears early", model, Components.EmbedIn, "last score minus the first", grown, $"over {Visible:0.##}",
                    grown > Visible);
            }
        }
    }
}
