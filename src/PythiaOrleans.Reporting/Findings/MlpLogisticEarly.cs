using PythiaOrleans.Checkpoints.Families;
using PythiaOrleans.Reporting.Series;

namespace PythiaOrleans.Reporting.Findings;

/// <summary>Stable means that the logistic stays ahead from there on: the last crossing counts, not the first.</summary>
internal sealed class MlpLogisticEarly : IFinding
{
    private static readonly Measure Difference = new(
        "logistic minus Gaussian log-likelihood (nats per weight)",
        new SeriesColumn("weight-distribution", "logistic_minus_gaussian", Components.MlpIn, Components.MlpOut))
    {
        Window = (0, CurveStatistics.Early),
        Limits = [0],
    };

    /// <inheritdoc />
    public string Id => "mlp-logistic-early";

    /// <inheritdoc />
    public string Claim => "MLP weights turn logistic within the first few thousand steps and are stable by 20,000";

    /// <inheritdoc />
    public IReadOnlyList<Measure> Measures { get; } = [Difference];

    /// <inheritdoc />
    public IEnumerable<Evidence> Judge(SeriesSet series)
    {
        foreach (var model in series.Models)
        {
            foreach (var (component, blocks) in Difference.ByComponent(series, model))
            {
                yield return Crossings.Judge(Difference, "", model, component, blocks, 0, CurveStatistics.Early);
            }
        }
    }
}
