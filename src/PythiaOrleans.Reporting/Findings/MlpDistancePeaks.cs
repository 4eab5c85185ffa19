using PythiaOrleans.Reporting.Series;

namespace PythiaOrleans.Reporting.Findings;

/// <summary>Place of the peak, what follows it, and how that changes with size: three parts.</summary>
internal sealed class MlpDistancePeaks : IFinding
{
    private const string More = "smaller models decline more";

    private static readonly Measure Distance = new(
        "distance from initialisation", new SeriesColumn("weight-distance", "distance", Matrices.Mlp))
    {
        Window = new(CurveStatistics.WindowStart, CurveStatistics.WindowEnd),
    };

    /// <inheritdoc />
    public string Id => "mlp-distance-peaks";

    /// <inheritdoc />
    public string Claim =>
        "MLP distances rise fast, peak at checkpoints 20 to 40 of 143, decline or asymptote; smaller models decline more";

    /// <inheritdoc />
    public IReadOnlyList<Measure> Measures { get; } = [Distance];

    /// <inheritdoc />
    public IEnumerable<Evidence> Judge(SeriesSet series)
    {
        var left = new List<(string Component, string Model, double Left)>();
        foreach (var model in series.Models)
        {
            foreach (var (component, blocks) in Distance.ByComponent(series, model))
            {
                var peak = blocks.MedianPeak();
                var fraction = blocks[0].Fraction(peak);
                yield return Distance.Says(
                    "place of the peak", model, component, "fraction of training of the largest distance, median over blocks",
                    fraction, CurveStatistics.WindowText, CurveStatistics.InWindow(fraction)) with
                { Step = (int)peak };
                var change = CurveStatistics.Median(blocks.Select(curve => curve.LastFifth()));
                yield return Distance.Says(
                    "declines or asymptotes", model, component, "relative change over the last fifth of training, median over blocks",
                    change, $"at most {CurveStatistics.Settled:0.##}", change <= CurveStatistics.Settled);
                left.Add((component, model, blocks.MedianFinalOverPeak()));
            }
        }

        foreach (var group in left.GroupBy(item => item.Component))
        {
            var values = group.Select(item => (item.Model, item.Left)).ToArray();
            foreach (var item in Scale.Judge(Distance, More, group.Key, "last distance over largest, median over blocks", values)
                .Concat(Scale.JudgeDecline(Distance, More, group.Key, values)))
            {
                yield return item;
            }
        }
    }
}
