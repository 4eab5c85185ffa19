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

    // Distances in summed learning rate that count as equal: within this factor.
    private const double MostUnlike = 1.5;

    private static readonly Measure Overlap = new(
        "share of the 20 tokens that the final direction has too",
        new SeriesColumn("svd-directions", "overlap", Components.MlpIn, Components.MlpOut, Matrices.OutputValue) { Parameter = null });

    private static readonly Measure Drift = new(
        "share of the 20 tokens that the direction had one checkpoint before",
        new SeriesColumn("svd-directions", "previous_overlap", Components.MlpIn, Components.MlpOut, Matrices.OutputValue)
        {
            Parameter = null,
        })
    { Optional = true };

    private static readonly Measure Rate = new(
        "summed learning rate",
        new SeriesColumn("svd-directions", "summed_learning_rate", Components.MlpIn))
    { Optional = true };

    /// <inheritdoc />
    public string Id => "svd-directions-late";

    /// <inheritdoc />
    public string Claim => "closeness to the final SVD directions rises late and roughly exponentially";

    /// <inheritdoc />
    public IReadOnlyList<Measure> Measures { get; } = [Overlap, Rate, Drift];

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
                double[] gains =
                [
                    .. Drift.Curves(series, model)
                        .Join(curves, Matrix, Matrix, (drift, late) => OverDrift(late, drift, rates[0])).Where(double.IsFinite),
                ];
                if (gains.Length > 0)
                {
                    var gain = CurveStatistics.Median(gains);
                    yield return Overlap.Says(
                        "more than drift", model, "",
                        "overlap with the final directions minus that of two checkpoints in mid-training equally far apart in summed "
                            + "learning rate, median",
                        gain, "over 0", gain > 0).And(Drift).And(Rate);
                }
            }
        }
    }

    // Directions that only drift at a steady rate are as close to the final ones as any two checkpoints that are equally far apart.
    private static double OverDrift(Curve late, Curve drift, Curve summed)
    {
        var sums = summed.Steps.Zip(summed.Values).ToDictionary();
        (double Apart, double Shared)[] middle =
        [
            .. drift.Steps.Zip(drift.Values).Zip(drift.Steps.Skip(1).Zip(drift.Values.Skip(1)))
                .Where(pair => IsInMiddle(pair.Second.First, drift.Steps[^1])
                    && sums.ContainsKey(pair.First.First) && sums.ContainsKey(pair.Second.First))
                .Select(pair => (sums[pair.Second.First] - sums[pair.First.First], pair.Second.Second)),
        ];
        if (middle.Length == 0)
        {
            return double.NaN;
        }

        var apart = CurveStatistics.Median(middle.Select(interval => interval.Apart));
        var nearest = late.Steps.Zip(late.Values).Where(point => sums.ContainsKey(point.First))
            .MinBy(point => Math.Abs(Math.Log((summed.Last - sums[point.First]) / apart)));
        var distance = (summed.Last - sums.GetValueOrDefault(nearest.First)) / apart;
        return distance is > 1 / MostUnlike and < MostUnlike
            ? nearest.Second - CurveStatistics.Median(middle.Select(interval => interval.Shared))
            : double.NaN;
    }

    private static (string Component, string Parameter, int? Block) Matrix(Curve curve) =>
        (curve.Component, curve.Parameter, curve.Block);

    private static bool IsInMiddle(int step, int last) => step > last / 4 && step <= 3 * last / 4;

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
