using PythiaOrleans.Checkpoints.Families;
using PythiaOrleans.Numerics.Regression;
using PythiaOrleans.Reporting.Series;

namespace PythiaOrleans.Reporting.Findings;

/// <summary>The regime changes where two straight lines describe the curve best (least squares).</summary>
internal sealed class QkvDistanceBreaksAt20 : IFinding
{
    // Checkpoint 20 of 143 is 0.14; a third either way.
    private const double From = 0.093;
    private const double To = 0.187;

    /// <inheritdoc />
    public string Id => "qkv-distance-breaks-at-20";

    /// <inheritdoc />
    public string Claim => "QKV distances change regime around checkpoint 20 of 143";

    /// <inheritdoc />
    public IReadOnlyList<SeriesColumn> Reads { get; } = [new("weight-distance", "distance", Components.QueryKeyValue)];

    /// <inheritdoc />
    public IEnumerable<Evidence> Judge(SeriesSet series)
    {
        foreach (var model in series.Models)
        {
            var blocks = series.Curves("weight-distance", "distance", model, Components.QueryKeyValue);
            if (blocks.MedianCurve() is not { Steps.Length: >= FindingCatalog.MinCheckpoints } curve)
            {
                continue;
            }

            var at = curve.Steps[PiecewiseLinearFit.BestBreak(curve.Steps, curve.Values)];
            var fraction = curve.Fraction(at);
            yield return new(model, Components.QueryKeyValue, "step where two straight lines fit the median distance best", at,
                $"{From:0.##} to {To:0.##} of training (here {fraction:0.###})", fraction is >= From and <= To)
            { Step = at };
        }
    }
}
