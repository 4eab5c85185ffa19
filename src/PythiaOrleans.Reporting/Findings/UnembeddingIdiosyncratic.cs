using PythiaOrleans.Checkpoints.Families;
using PythiaOrleans.Reporting.Series;

namespace PythiaOrleans.Reporting.Findings;

/// <summary>The measures of consistent-across-scales, with the opposite claim.</summary>
internal sealed class UnembeddingIdiosyncratic : IFinding
{
    private static readonly ShapesAcrossScales Shapes = ShapesAcrossScales.Create(
        "Frobenius norm",
        new SeriesColumn("weight-moments", "norm", Components.EmbedOut, Components.FinalLayerNorm) { Rows = SeriesRows.Whole });

    /// <inheritdoc />
    public string Id => "unembedding-idiosyncratic";

    /// <inheritdoc />
    public string Claim => "embed_out and final_layer_norm norms do not behave alike across scales";

    /// <inheritdoc />
    public IReadOnlyList<Measure> Measures => Shapes.Measures;

    /// <inheritdoc />
    public IEnumerable<Evidence> Judge(SeriesSet series) => Shapes.Judge(series, areAlike: false);
}
