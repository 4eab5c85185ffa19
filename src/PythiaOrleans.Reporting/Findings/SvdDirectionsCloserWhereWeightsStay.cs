using PythiaOrleans.Checkpoints.Families;
using PythiaOrleans.Numerics.Trends;
using PythiaOrleans.Reporting.Series;

namespace PythiaOrleans.Reporting.Findings;

/// <summary>
/// The other explanation of stable directions: models whose weights have moved less have directions closer to the final ones. Overlap and
/// distance at half of training, against all orders of the models.
/// </summary>
internal sealed class SvdDirectionsCloserWhereWeightsStay : IFinding
{
    private const double Half = 0.5;
    private const double Level = 0.05;
    private const int MinModels = 4;

    private static readonly Measure Overlap = new(
        "share of the 20 tokens that the final direction has too",
        new SeriesColumn("svd-directions", "overlap", Matrices.UngatedMlp));

    private static readonly Measure Distance = new(
        "distance from initialisation over the initial norm",
        new SeriesColumn("weight-distance", "relative_distance", Matrices.UngatedMlp));

    /// <inheritdoc />
    public string Id => "svd-directions-closer-where-weights-stay";

    /// <inheritdoc />
    public string Claim => "directions are closer to final in models whose weights have moved less from initialisation";

    /// <inheritdoc />
    public IReadOnlyList<Measure> Measures { get; } = [Overlap, Distance];

    /// <inheritdoc />
    public IEnumerable<Evidence> Judge(SeriesSet series)
    {
        var models = series.Models
            .Select(model => (Model: model, Overlaps: Overlap.Curves(series, model), Distances: Distance.Curves(series, model)))
            .Where(item => item.Overlaps.Count > 0 && item.Distances.Count > 0)
            .Select(item => (item.Model, Overlap: AtHalf(item.Overlaps), Distance: AtHalf(item.Distances))).ToArray();
        foreach (var (model, overlap, distance) in models)
        {
            yield return Overlap.Says("", model, "", "overlap at half of training, median", overlap);
            yield return Distance.Says("", model, "", "relative distance at half of training, median", distance);
        }

        if (models.Length < MinModels)
        {
            yield break;
        }

        double[] overlaps = [.. models.Select(item => item.Overlap)], near = [.. models.Select(item => -item.Distance)];
        var rank = RankCorrelation.Compute(near, overlaps);
        yield return Overlap.Says(
            "", "", "", "rank correlation of overlap with closeness to initialisation", rank.Rho, $"above 0 at {100 * Level:0} %",
            rank.P <= Level).And(Distance);
        yield return Overlap.Says(
            "", "", "", $"share of all orders of {rank.Count} models with a correlation as large", rank.P).And(Distance);
        var size = RankCorrelation.Compute([.. Enumerable.Range(0, models.Length).Select(i => (double)i)], overlaps);
        yield return Overlap.Says("", "", "", "rank correlation of overlap with model size, for comparison", size.Rho);
    }

    private static double AtHalf(IEnumerable<Curve> curves) => CurveStatistics.Median(curves.Select(curve => curve.At(Half)));
}
