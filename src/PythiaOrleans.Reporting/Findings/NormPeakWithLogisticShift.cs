using PythiaOrleans.Checkpoints.Families;
using PythiaOrleans.Reporting.Series;

namespace PythiaOrleans.Reporting.Findings;

/// <summary>The time between the peak of a block's norm and its logistic shift, median over blocks of each matrix.</summary>
internal sealed class NormPeakWithLogisticShift : IFinding
{
    private const double Close = 0.1;

    private static readonly Measure Norm = new(
        "Frobenius norm", new SeriesColumn("weight-moments", "norm", Components.QueryKeyValue, Components.MlpIn, Components.MlpOut))
    { View = PictureView.EachBlock };

    private static readonly Measure Difference = new(
        "logistic minus Gaussian log-likelihood (nats per weight)",
        new SeriesColumn("weight-distribution", "logistic_minus_gaussian", Components.QueryKeyValue, Components.MlpIn,
        Components.MlpOut))
    { Limits = [0], View = PictureView.EachBlock };

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
                var both = blocks
                    .Select(curve => (Norm: curve, Shift: shifts.GetValueOrDefault((curve.Component, curve.Block), double.NaN)))
                    .Where(pair => double.IsFinite(pair.Shift)).ToArray();
                if (both.Length == 0)
                {
                    continue;
                }

                var median = CurveStatistics.Median(both.Select(pair => Math.Abs(pair.Norm.Fraction(pair.Norm.PeakStep) - pair.Shift)));
                yield return Norm.Says(
                    "", model, component,
                    $"fraction of training between norm peak and logistic shift, median over {both.Length} blocks that shift",
                    median, $"at most {Close:0.##}", median <= Close).And(Difference);
                foreach (var (norm, shift) in both)
                {
                    yield return Norm.Says("", model, component, "step of the largest norm", norm.PeakStep) with
                    {
                        Block = norm.Block,
                        Step = norm.PeakStep,
                    };
                    yield return Difference.Says(
                        "", model, component, "fraction of training from which the logistic fits better for good", shift) with
                    {
                        Block = norm.Block,
                        Step = (int)Math.Round(shift * norm.Steps[^1]),
                    };
                }
            }
        }
    }
}
