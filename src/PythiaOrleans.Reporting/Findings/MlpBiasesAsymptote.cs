using PythiaOrleans.Reporting.Series;

namespace PythiaOrleans.Reporting.Findings;

/// <summary>Never declining, far above the start, and flat over the last fifth of training.</summary>
internal sealed class MlpBiasesAsymptote : IFinding
{
    private const double FarAbove = 3;

    private static readonly Measure Norm = new(
        "norm of the bias", new SeriesColumn("weight-moments", "norm", Matrices.Mlp) { Parameter = "bias" });

    /// <inheritdoc />
    public string Id => "mlp-biases-asymptote";

    /// <inheritdoc />
    public string Claim => "MLP bias norms increase and asymptote far above initialisation";

    /// <inheritdoc />
    public IReadOnlyList<Measure> Measures { get; } = [Norm];

    /// <inheritdoc />
    public IEnumerable<Evidence> Judge(SeriesSet series)
    {
        foreach (var model in series.Models)
        {
            foreach (var (component, blocks) in Norm.ByComponent(series, model))
            {
                var left = blocks.MedianFinalOverPeak();
                yield return Norm.Says(
                    "does not decline", model, component, "last bias norm over largest, median over blocks",
                    left, $"over {CurveStatistics.Declined:0.##}", left > CurveStatistics.Declined);
                // At step 0 biases are 0 and no ratio means anything: the first checkpoint above 0 counts.
                var growth = CurveStatistics.Median(blocks
                    .Select(curve => curve.Last / curve.Values.FirstOrDefault(value => value > 0, double.NaN)));
                yield return Norm.Says(
                    "far above the start", model, component, "last bias norm over the first above 0, median over blocks",
                    growth, $"over {FarAbove:0.#}", growth > FarAbove);
                var change = CurveStatistics.Median(blocks.Select(curve => curve.LastFifth()));
                yield return Norm.Says(
                    "asymptotes", model, component, "relative change over the last fifth of training, median over blocks",
                    change, $"within {CurveStatistics.Settled:0.##}", Math.Abs(change) <= CurveStatistics.Settled);
            }
        }
    }
}
