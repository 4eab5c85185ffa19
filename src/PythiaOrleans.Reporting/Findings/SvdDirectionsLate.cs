using PythiaOrleans.Reporting.Series;

namespace PythiaOrleans.Reporting.Findings;

/// <summary>Overlap of each direction's tokens with those of the final direction of the same index.</summary>
internal sealed class SvdDirectionsLate : IFinding
{
    /// <inheritdoc />
    public string Id => "svd-directions-late";

    /// <inheritdoc />
    public string Claim => "closeness to the final SVD directions rises late and roughly exponentially";

    /// <inheritdoc />
    public IReadOnlyList<SeriesColumn> Reads { get; } = [new("svd-directions", "overlap")];

    /// <inheritdoc />
    public IEnumerable<Evidence> Judge(SeriesSet series)
    {
        foreach (var model in series.Models)
        {
            var curves = series.Curves("svd-directions", "overlap").Where(curve => curve.Model == model).ToArray();
            if (curves.Length == 0)
            {
                continue;
            }

            var half = CurveStatistics.Median(curves.Select(curve => curve.At(0.5)));
            yield return new(model, "", "overlap with the final directions at half of training", half, "under 0.5", half < 0.5);
            // Along an exponential the logarithm is a straight line: it must fit better than the values themselves do.
            var straighter = CurveStatistics.Median(curves.Select(curve => Straightness(curve, Math.Log) - Straightness(curve, value => value)));
            yield return new(model, "", "squared correlation with the step, of the logarithm minus of the value", straighter, "over 0", straighter > 0);
        }
    }

    private static double Straightness(Curve curve, Func<double, double> of)
    {
        var there = Enumerable.Range(0, curve.Values.Length).Where(i => curve.Values[i] > 0).ToArray();
        return there.Length < 3 ? 0 : Math.Pow(CurveStatistics.Correlation([.. there.Select(i => (double)curve.Steps[i])], [.. there.Select(i => of(curve.Values[i]))]), 2);
    }
}
