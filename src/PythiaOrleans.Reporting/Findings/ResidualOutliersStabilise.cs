using PythiaOrleans.Reporting.Series;

namespace PythiaOrleans.Reporting.Findings;

/// <summary>Stable is a range of a quarter of the last value, after smoothing.</summary>
internal sealed class ResidualOutliersStabilise : IFinding
{
    private const double Stable = 0.25;

    private static readonly Measure Largest = new(
        "largest |activation|", new SeriesColumn("residual-stream", "max_abs", Matrices.ResidualStream) { Parameter = "all" })
    {
        Window = (CurveStatistics.WindowEnd, 1),
    };

    /// <inheritdoc />
    public string Id => "residual-outliers-stabilise";

    /// <inheritdoc />
    public string Claim => "outlier magnitudes of the residual stream stabilise by about step 40,000 of 143,000";

    /// <inheritdoc />
    public IReadOnlyList<Measure> Measures { get; } = [Largest];

    /// <inheritdoc />
    public IEnumerable<Evidence> Judge(SeriesSet series)
    {
        foreach (var model in series.Models)
        {
            var blocks = Largest.Curves(series, model);
            if (blocks.Count == 0)
            {
                continue;
            }

            var range = CurveStatistics.Median(blocks.Select(curve => curve.Smoothed()).Select(RangeAfterWindow));
            yield return Largest.Says(
                "", model, Matrices.ResidualStream, "range after 28 % of training over the last value, median over blocks",
                range, $"at most {Stable:0.##}", range <= Stable);
        }
    }

    private static double RangeAfterWindow(Curve curve)
    {
        double[] later = [.. curve.Values.Where((_, i) => curve.Fraction(curve.Steps[i]) >= CurveStatistics.WindowEnd)];
        return (later.Max() - later.Min()) / curve.Last;
    }
}
