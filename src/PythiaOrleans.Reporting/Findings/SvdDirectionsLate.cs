using PythiaOrleans.Checkpoints.Families;
using PythiaOrleans.Reporting.Series;

namespace PythiaOrleans.Reporting.Findings;

/// <summary>
/// Overlap of each direction's tokens with those of the final direction of the same index, the final checkpoint itself left out.
/// </summary>
internal sealed class SvdDirectionsLate : IFinding
{
    private const double Half = 0.5;
    private const int MinSteps = 3;

    private static readonly Measure Overlap = new(
        "share of the 20 tokens that the final direction has too",
        new SeriesColumn("svd-directions", "overlap", Components.MlpIn, Components.MlpOut, Matrices.OutputValue) { Parameter = null });

    private static readonly Measure Rate = new(
        "summed learning rate",
        new SeriesColumn("svd-directions", "summed_learning_rate", Components.MlpIn))
    { Optional = true };

    /// <inheritdoc />
    public string Id => "svd-directions-late";

    /// <inheritdoc />
    public string Claim => "closeness to the final SVD directions rises late and roughly exponentially";

    /// <inheritdoc />
    public IReadOnlyList<Measure> Measures { get; } = [Overlap, Rate];

    /// <inheritdoc />
    public IEnumerable<Evidence> Judge(SeriesSet series)
    {
        foreach (var model in series.Models)
        {
            Curve[] curves = [.. Overlap.Curves(series, model).Where(curve => curve.Steps.Length > MinSteps).Select(WithoutLast)];
            if (curves.Length == 0)
            {
                continue;
            }

            var half = CurveStatistics.Median(curves.Select(curve => curve.At(Half)));
            yield return Overlap.Says("late", model, "", "overlap at half of training, median", half, $"under {Half:0.#}", half < Half);
            // Along an exponential the logarithm is a straight line: it must fit better than the values themselves do.
            var straighter = CurveStatistics.Median(curves.Select(curve => Straightness(Logarithm(curve)) - Straightness(curve)));
            yield return Overlap.Says(
                "exponential", model, "", "squared correlation with the step, of the logarithm minus of the value, median", straighter,
                "over 0", straighter > 0);
            var rates = Rate.Curves(series, model);
            if (rates.Count > 0)
            {
                // Directions drift with the summed learning rate: that what is left of it falls late is no news of the directions.
                var schedule = CurveStatistics.Median(curves
                    .Select(curve => Straightness(Logarithm(curve)) - AgainstSchedule(Logarithm(curve), rates[0])));
                yield return Overlap.Says(
                    "more than the schedule", model, "",
                    "squared correlation of the logarithm with the step minus that with the summed learning rate still to come, median",
                    schedule, "over 0", schedule > 0).And(Rate);
            }
        }
    }

    private static Curve WithoutLast(Curve curve) => curve with { Steps = curve.Steps[..^1], Values = curve.Values[..^1] };

    private static Curve Logarithm(Curve curve) => curve.Join(curve, (value, _) => Math.Log(value));

    private static double Straightness(Curve curve) => curve.Steps.Length < MinSteps
        ? 0 : Math.Pow(CurveStatistics.Correlation([.. curve.Steps.Select(step => (double)step)], curve.Values), 2);

    private static double AgainstSchedule(Curve curve, Curve summed)
    {
        var correlation = CurveStatistics.Correlation(curve, summed with { Values = [.. summed.Values.Select(sum => summed.Last - sum)] });
        return double.IsNaN(correlation) ? 0 : correlation * correlation;
    }
}
