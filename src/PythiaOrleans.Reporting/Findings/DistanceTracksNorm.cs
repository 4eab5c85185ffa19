using PythiaOrleans.Checkpoints.Families;
using PythiaOrleans.Reporting.Series;

namespace PythiaOrleans.Reporting.Findings;

/// <summary>Two parts: the curves run together, and the distance peaks in the window.</summary>
internal sealed class DistanceTracksNorm : IFinding
{
    private const double Tracks = 0.9;

    /// <inheritdoc />
    public string Id => "distance-tracks-norm";

    /// <inheritdoc />
    public string Claim => "the distance of attention.dense from initialisation tracks its norm, peaking at checkpoints 20 to 40 of 143";

    /// <inheritdoc />
    public IReadOnlyList<SeriesColumn> Reads { get; } = [new("weight-distance", "distance", Components.AttentionDense), new("weight-moments", "norm", Components.AttentionDense)];

    /// <inheritdoc />
    public IEnumerable<Evidence> Judge(SeriesSet series)
    {
        foreach (var model in series.Models)
        {
            var distances = series.Curves("weight-distance", "distance", model, Components.AttentionDense);
            var norms = series.Curves("weight-moments", "norm", model, Components.AttentionDense).ToLookup(curve => curve.Block);
            double[] correlations = [.. distances.Where(curve => norms[curve.Block].Any()).Select(curve => CurveStatistics.MeanCorrelation([curve, norms[curve.Block].First()]))];
            if (correlations.Length == 0)
            {
                continue;
            }

            var correlation = CurveStatistics.Median(correlations);
            yield return new(model, Components.AttentionDense, "correlation of distance and norm along training, median over blocks", correlation, $"over {Tracks:0.##}", correlation > Tracks);
            var peak = distances.MedianPeak();
            var fraction = distances[0].Fraction(peak);
            yield return new(model, Components.AttentionDense, "step of the largest distance, median over blocks", peak,
                $"{CurveStatistics.WindowStart:0.##} to {CurveStatistics.WindowEnd:0.##} of training (here {fraction:0.###})", CurveStatistics.InWindow(fraction))
            { Step = (int)peak };
        }
    }
}
