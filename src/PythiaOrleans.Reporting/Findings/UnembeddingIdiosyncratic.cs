using PythiaOrleans.Checkpoints.Families;
using PythiaOrleans.Reporting.Series;

namespace PythiaOrleans.Reporting.Findings;

/// <summary>The measures of consistent-across-scales, with the opposite claim.</summary>
internal sealed class UnembeddingIdiosyncratic : IFinding
{
    private static readonly Measure Norm = new(
        "Frobenius norm", new SeriesColumn("weight-moments", "norm", Components.EmbedOut, Components.FinalLayerNorm)
        { Rows = SeriesRows.Whole });

    private static readonly Measure Decay = new(
        "what weight decay alone leaves of a weight",
        new SeriesColumn("weight-moments", "decay_factor", Components.EmbedOut, Components.FinalLayerNorm) { Rows = SeriesRows.Whole })
    {
        Optional = true,
    };

    /// <inheritdoc />
    public string Id => "unembedding-idiosyncratic";

    /// <inheritdoc />
    public string Claim => "embed_out and final_layer_norm norms do not behave alike across scales";

    /// <inheritdoc />
    public IReadOnlyList<Measure> Measures { get; } = [Norm, Decay];

    /// <inheritdoc />
    public IEnumerable<Evidence> Judge(SeriesSet series) => new ShapesAcrossScales(Norm, Decay).Judge(series, areAlike: false);
}
