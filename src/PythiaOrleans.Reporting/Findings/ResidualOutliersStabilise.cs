using PythiaOrleans.Reporting.Series;

namespace PythiaOrleans.Reporting.Findings;

/// <summary>Stable is a range of a quarter of the last value, after smoothing.</summary>
internal sealed class ResidualOutliersStabilise : IFinding
{
    private const double Stable = 0.25;

    /// <inheritdoc />
    public string Id => "residual-outliers-stabilise";

    /// <inheritdoc />
    public string Claim => "outlier magnitudes of the residual stream stabilise by about step 40,000 of 143,000";

    /// <inheritdoc />
    public IReadOnlyList<SeriesColumn> Reads { get; } = [new("residual-stream", "max_abs")];

    /// <inheritdoc />
    public IEnumerable<Evidence> Judge(SeriesSet series)
    {
        foreach (var model in series.Models)
        {
            var blocks = series.Curves("residual-stream", "max_abs").Where(curve => curve.Model == model && curve.Block is not null).ToArray();
            if (blocks.Length == 0)
            {
                continue;
            }

            var spread = CurveStatistics.Median(blocks.Select(curve => curve.Smoothed()).Select(curve =>
            {
                double[] later = [.. curve.Values.Where((_, i) => curve.Fraction(curve.Steps[i]) >= CurveStatistics.WindowEnd)];
                return (later.Max() - later.Min()) / curve.Last;
            }));
            yield return new(model, "", "range of max |activation| after 28 % of training over its last value, median over blocks", spread, $"at most {Stable:0.##}", spread <= Stable);
        }
    }
}
