using PythiaOrleans.Checkpoints.Families;
using PythiaOrleans.Reporting.Series;

namespace PythiaOrleans.Reporting.Findings;

/// <summary>Two parts: the curves run together, and the distance peaks in the window.</summary>
internal sealed class DistanceTracksNorm : IFinding
{
    private const double Tracks = 0.9;

    private static readonly Measure Distance = new(
        "distance from initialisation", new SeriesColumn("weight-distance", "distance", Components.AttentionDense))
    {
        Window = new(CurveStatistics.WindowStart, CurveStatistics.WindowEnd),
    };

    private static readonly Measure Norm = new("Frobenius norm", new SeriesColumn("weight-moments", "norm", Components.AttentionDense));

    /// <inheritdoc />
    public string Id => "distance-tracks-norm";

    /// <inheritdoc />
    public string Claim => "the distance of attention.dense from initialisation tracks its norm, peaking at checkpoints 20 to 40 of 143";

    /// <inheritdoc />
    public IReadOnlyList<Measure> Measures { get; } = [Distance, Norm];

    /// <inheritdoc />
    public IEnumerable<Evidence> Judge(SeriesSet series)
    {
        foreach (var model in series.Models)
        {
            var distances = Distance.Curves(series, model);
            var norms = Norm.Curves(series, model).ToDictionary(curve => curve.Block!.Value);
            double[] correlations =
            [
                .. distances.Where(curve => norms.ContainsKey(curve.Block!.Value))
                    .Select(curve => CurveStatistics.Correlation(curve, norms[curve.Block!.Value])).Where(double.IsFinite),
            ];
            if (correlations.Length == 0)
            {
                continue;
            }

            var correlation = CurveStatistics.Median(correlations);
            yield return Distance.Says(
                "tracks the norm", model, Components.AttentionDense, "correlation of distance and norm at equal steps, median over blocks",
                correlation, $"over {Tracks:0.##}", correlation > Tracks).And(Norm);
            var changes = CurveStatistics.Median(distances.Where(curve => norms.ContainsKey(curve.Block!.Value))
                .Select(curve => CurveStatistics.Correlation(curve.Differences(), norms[curve.Block!.Value].Differences()))
                    .Where(double.IsFinite));
            yield return Distance.Says(
                "changes with the norm", model, Components.AttentionDense,
                "correlation of their changes from checkpoint to checkpoint, median over blocks",
                changes, $"over {Tracks:0.##}", changes > Tracks).And(Norm);
            var peak = distances.MedianPeak();
            var fraction = distances[0].Fraction(peak);
            yield return Distance.Says(
                "place of the peak", model, Components.AttentionDense, "fraction of training of the largest distance, median over blocks",
                fraction, CurveStatistics.WindowText, CurveStatistics.InWindow(fraction)) with
            { Step = (int)peak };
        }
    }
}
