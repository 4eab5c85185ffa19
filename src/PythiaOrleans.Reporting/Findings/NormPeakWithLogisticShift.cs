using PythiaOrleans.Checkpoints.Families;
using PythiaOrleans.Reporting.Series;

namespace PythiaOrleans.Reporting.Findings;

/// <summary>The time between the peak of a block's norm and its logistic shift, median over blocks of each matrix.</summary>
internal sealed class NormPeakWithLogisticShift : IFinding
{
    private const double Close = 0.1;

    private static readonly Measure Norm = new(
        "Frobenius norm", new SeriesColumn("weight-moments", "norm", Components.QueryKeyValue, Components.MlpIn, Components.MlpOut));

    private static readonly Measure Difference = new(
        "logistic minus Gaussian log-likelihood (nats per weight)",
        new SeriesColumn("weight-distribution", "logistic_minus_gaussian", Components.QueryKeyValue, Components.MlpIn,
        Components.MlpOut))
    { Limits = [0] };

    /// <inheritdoc />
    public string Id => "norm-peak-with-logistic-shift";

    /// <inheritdoc />
    public string Claim => "the weight norms peak when the weights turn logistic";

    /// <inheritdoc />
    public IReadOnlyList<Measure> Measures { get; } = [Norm, Difference];

    /// <inheritdoc />
    public IEnumerable<Evidence> Judge(SeriesSet series)
    {
        foreach (var model in series.Models)
        {
            var shifts = Difference.Curves(series, model)
                .ToDictionary(curve => (curve.Component, curve.Block), curve => curve.StaysPositiveFrom());
            foreach (var (component, blocks) in Norm.ByComponent(series, model))
            {
                double[] apart =
                [
                    .. blocks.Where(curve => double.IsFinite(shifts.GetValueOrDefault((curve.Component, curve.Block), double.NaN)))
                        .Select(curve => Math.Abs(curve.Fraction(curve.PeakStep) - shifts[(curve.Component, curve.Block)])),
                ];
                if (apart.Length > 0)
                {
                    var median = CurveStatistics.Median(apart);
                    yield return Norm.Says(
                        "", model, component,
                        $"fraction of training between norm peak and logistic shift, median over {apart.Length} blocks that shift",
                        median, $"at most {Close:0.##}", median <= Close).And(Difference);
                }
            }
        }
    }
}
