using PythiaOrleans.Checkpoints.Families;
using PythiaOrleans.Reporting.Series;

namespace PythiaOrleans.Reporting.Findings;

/// <summary>How alike the tokens of a direction are, early and at the end; and whether directions still move late.</summary>
internal sealed class SvdDirectionsGainMeaning : IFinding
{
    private const double Early = 0.01;
    private const double SmallShare = 0.25;

    // Below this the final directions say nothing either, and there is nothing to compare with.
    private const double Coherent = 0.02;
    private const double Settled = 0.95;

    private static readonly string[] Read = [Components.MlpIn, Components.MlpGate, Components.MlpOut, Matrices.OutputValue];

    private static readonly Measure Coherence = new(
        "cosine of a direction's tokens above that of all tokens",
        new SeriesColumn("svd-directions", "coherence", Read) { Parameter = null });

    private static readonly Measure Drift = new(
        "share of the 20 tokens that the direction had one checkpoint before",
        new SeriesColumn("svd-directions", "previous_overlap", Read) { Parameter = null })
    { Optional = true, Limits = [Settled] };

    /// <inheritdoc />
    public string Id => "svd-directions-gain-meaning";

    /// <inheritdoc />
    public string Claim => "early SVD directions mean nothing that a reader could name; later ones do, and still drift";

    /// <inheritdoc />
    public IReadOnlyList<Measure> Measures { get; } = [Coherence, Drift];

    /// <inheritdoc />
    public IEnumerable<Evidence> Judge(SeriesSet series)
    {
        foreach (var model in series.Models)
        {
            if (Coherence.Curves(series, model).MedianCurve() is not { Steps.Length: > 2 } coherence)
            {
                continue;
            }

            var (early, last) = (coherence.At(Early), coherence.Last);
            yield return Coherence.Says(
                "meaning at the end", model, "", "coherence at the end, median", last, $"over {Coherent:0.##}", last > Coherent);
            if (last > Coherent)
            {
                yield return Coherence.Says(
                    "none early", model, "", $"coherence at {100 * Early:0} % of training over that at the end", early / last,
                    $"under {SmallShare:0.##}", early < SmallShare * last);
            }

            double[] late =
            [
                .. Drift.Curves(series, model)
                    .SelectMany(curve => curve.Steps.Zip(curve.Values).Where(point => point.First > curve.Steps[^1] / 2))
                    .Select(point => point.Second),
            ];
            if (late.Length > 0)
            {
                var kept = CurveStatistics.Median(late);
                yield return Drift.Says(
                    "late drift", model, "", "tokens shared with the checkpoint before, second half of training, median", kept,
                    $"under {Settled:0.##}", kept < Settled);
            }
        }
    }
}
