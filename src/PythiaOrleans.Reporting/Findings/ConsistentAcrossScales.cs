using PythiaOrleans.Checkpoints.Families;
using PythiaOrleans.Reporting.Series;

namespace PythiaOrleans.Reporting.Findings;

/// <summary>Median over blocks, resampled to equal fractions of training, all pairs of models.</summary>
internal sealed class ConsistentAcrossScales : IFinding
{
    private const double Alike = 0.8;

    /// <inheritdoc />
    public string Id => "consistent-across-scales";

    /// <inheritdoc />
    public string Claim => "the shapes of the norm curves agree across model sizes";

    /// <inheritdoc />
    public IReadOnlyList<SeriesColumn> Reads { get; } = [new("weight-moments", "norm", Components.QueryKeyValue, Components.AttentionDense, Components.MlpIn, Components.MlpOut)];

    /// <inheritdoc />
    public IEnumerable<Evidence> Judge(SeriesSet series)
    {
        foreach (var component in new[] { Components.QueryKeyValue, Components.AttentionDense, Components.MlpIn, Components.MlpOut })
        {
            Curve[] medians = [.. series.Models.Select(model => series.Curves("weight-moments", "norm", model, component).MedianCurve()).OfType<Curve>()];
            var alike = CurveStatistics.MeanCorrelation(medians);
            if (double.IsFinite(alike))
            {
                yield return new("", component, "mean correlation of the models' median norm curves", alike, $"over {Alike:0.##}", alike > Alike);
            }
        }
    }
}
