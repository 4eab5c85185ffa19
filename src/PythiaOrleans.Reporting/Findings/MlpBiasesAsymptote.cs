using PythiaOrleans.Checkpoints.Families;
using PythiaOrleans.Reporting.Series;

namespace PythiaOrleans.Reporting.Findings;

/// <summary>Never declining, far above the start, and flat over the last fifth of training.</summary>
internal sealed class MlpBiasesAsymptote : IFinding
{
    private const double FarAbove = 3;

    /// <inheritdoc />
    public string Id => "mlp-biases-asymptote";

    /// <inheritdoc />
    public string Claim => "MLP bias norms increase and asymptote far above initialisation";

    /// <inheritdoc />
    public IReadOnlyList<SeriesColumn> Reads { get; } = [new("weight-moments", "norm", Components.MlpIn, Components.MlpOut)];

    /// <inheritdoc />
    public IEnumerable<Evidence> Judge(SeriesSet series)
    {
        foreach (var model in series.Models)
        {
            foreach (var component in new[] { Components.MlpIn, Components.MlpOut })
            {
                var blocks = series.Curves("weight-moments", "norm", model, component, "bias");
                if (blocks.Count == 0)
                {
                    continue;
                }

                var left = blocks.MedianFinalOverPeak();
                yield return new(model, component, "last bias norm over largest, median over blocks", left, $"over {CurveStatistics.Declined:0.##}", left > CurveStatistics.Declined);
                // From step 0, where biases are 0, no ratio says anything: the first checkpoint above 0 counts.
                var growth = CurveStatistics.Median(blocks.Select(curve => curve.Last / curve.Values.FirstOrDefault(value => value > 0, double.NaN)));
                yield return new(model, component, "last bias norm over the first above 0, median over blocks", growth, $"over {FarAbove:0.#}", growth > FarAbove);
                var change = CurveStatistics.Median(blocks.Select(curve => curve.LastFifth()));
                yield return new(model, component, "relative change over the last fifth of training, median over blocks", change, $"within {CurveStatistics.Settled:0.##}", Math.Abs(change) <= CurveStatistics.Settled);
            }
        }
    }
}
