using PythiaOrleans.Checkpoints.Families;
using PythiaOrleans.Reporting.Series;

namespace PythiaOrleans.Reporting.Findings;

/// <summary>Stable means that the logistic law stays ahead from there on: the last crossing counts, not the first.</summary>
internal sealed class MlpLogisticEarly : IFinding
{
    /// <inheritdoc />
    public string Id => "mlp-logistic-early";

    /// <inheritdoc />
    public string Claim => "MLP weights turn logistic within the first few thousand steps and are stable by 20,000";

    /// <inheritdoc />
    public IReadOnlyList<SeriesColumn> Reads { get; } = [new("weight-distribution", "logistic_minus_gaussian", Components.MlpIn, Components.MlpOut)];

    /// <inheritdoc />
    public IEnumerable<Evidence> Judge(SeriesSet series)
    {
        foreach (var model in series.Models)
        {
            foreach (var component in new[] { Components.MlpIn, Components.MlpOut })
            {
                var blocks = series.Curves("weight-distribution", "logistic_minus_gaussian", model, component);
                if (blocks.Count == 0)
                {
                    continue;
                }

                var crossing = CurveStatistics.Median(blocks.Select(curve => curve.StaysPositiveFrom()).Select(at => double.IsNaN(at) ? double.PositiveInfinity : at));
                yield return new(model, component, "fraction of training from which the logistic law wins for good", crossing, $"at most {CurveStatistics.Early:0.##}", crossing <= CurveStatistics.Early);
            }
        }
    }
}
