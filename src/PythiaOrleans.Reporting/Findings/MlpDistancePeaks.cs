using PythiaOrleans.Checkpoints.Families;
using PythiaOrleans.Reporting.Series;

namespace PythiaOrleans.Reporting.Findings;

/// <summary>Three parts: place of the peak, what follows it, and how that changes with size.</summary>
internal sealed class MlpDistancePeaks : IFinding
{
    /// <inheritdoc />
    public string Id => "mlp-distance-peaks";

    /// <inheritdoc />
    public string Claim => "MLP distances rise fast, peak at checkpoints 20 to 40 of 143, decline or asymptote; smaller models decline more";

    /// <inheritdoc />
    public IReadOnlyList<SeriesColumn> Reads { get; } = [new("weight-distance", "distance", Components.MlpIn, Components.MlpOut)];

    /// <inheritdoc />
    public IEnumerable<Evidence> Judge(SeriesSet series)
    {
        var before = new Dictionary<string, double>();
        foreach (var model in series.Models)
        {
            foreach (var component in new[] { Components.MlpIn, Components.MlpOut })
            {
                var blocks = series.Curves("weight-distance", "distance", model, component);
                if (blocks.Count == 0)
                {
                    continue;
                }

                var peak = blocks.MedianPeak();
                var fraction = blocks[0].Fraction(peak);
                yield return new(model, component, "step of the largest distance, median over blocks", peak,
                    $"{CurveStatistics.WindowStart:0.##} to {CurveStatistics.WindowEnd:0.##} of training (here {fraction:0.###})", CurveStatistics.InWindow(fraction))
                { Step = (int)peak };
                var change = CurveStatistics.Median(blocks.Select(curve => curve.LastFifth()));
                yield return new(model, component, "relative change over the last fifth of training, median over blocks", change, $"at most {CurveStatistics.Settled:0.##}", change <= CurveStatistics.Settled);
                var left = blocks.MedianFinalOverPeak();
                yield return new(model, component, "last distance over largest, median over blocks", left,
                    before.TryGetValue(component, out var smaller) ? $"over the next smaller model's {smaller:0.###}" : "", before.ContainsKey(component) ? left > smaller : null);
                before[component] = left;
            }
        }
    }
}
