using PythiaOrleans.Checkpoints.Families;
using PythiaOrleans.Reporting.Series;

namespace PythiaOrleans.Reporting.Findings;

/// <summary>The same measure as consistent-across-scales, with the opposite claim.</summary>
internal sealed class UnembeddingIdiosyncratic : IFinding
{
    private const double Alike = 0.8;

    /// <inheritdoc />
    public string Id => "unembedding-idiosyncratic";

    /// <inheritdoc />
    public string Claim => "embed_out and final_layer_norm norms do not behave alike across scales";

    /// <inheritdoc />
    public IReadOnlyList<SeriesColumn> Reads { get; } = [new("weight-moments", "norm", Components.EmbedOut, Components.FinalLayerNorm)];

    /// <inheritdoc />
    public IEnumerable<Evidence> Judge(SeriesSet series)
    {
        foreach (var component in new[] { Components.EmbedOut, Components.FinalLayerNorm })
        {
            Curve[] curves = [.. series.Models.SelectMany(model => series.Curves("weight-moments", "norm", model, component))];
            var alike = CurveStatistics.MeanCorrelation(curves);
            if (double.IsFinite(alike))
            {
                yield return new("", component, "mean correlation of the models' norm curves", alike, $"under {Alike:0.##}", alike < Alike);
            }
        }
    }
}
