using PythiaOrleans.Numerics.Trends;
using PythiaOrleans.Reporting.Series;

namespace PythiaOrleans.Reporting.Findings;

/// <summary>What is left of the largest norm, by the total decay time of each model and by its size.</summary>
internal sealed class DeclineFollowsDecayTime : IFinding
{
    private const int MinModels = 4;
    private const double Level = 0.05;

    /// <inheritdoc />
    public string Id => "decline-follows-decay-time";

    /// <inheritdoc />
    public string Claim => "how far the norms decline after their peak follows the total weight decay, at least as surely as model size";

    /// <inheritdoc />
    public IReadOnlyList<Measure> Measures { get; } = [DecayedNorms.Matrix, DecayedNorms.Embedding];

    /// <inheritdoc />
    public IEnumerable<Evidence> Judge(SeriesSet series) => Measures.SelectMany(measure => series.Models
        .SelectMany(model => measure.ByComponent(series, model).Select(group => (Model: model, group.Component, group.Blocks)))
        .GroupBy(item => item.Component)
        .SelectMany(group => Judge(
            measure, series, group.Key, [.. group.Select(item => (item.Model, item.Blocks.MedianFinalOverPeak()))])));

    private static IEnumerable<Evidence> Judge(
        Measure measure, SeriesSet series, string component, (string Model, double Left)[] models)
    {
        double[] times = [.. models.Select(item => DecayTime(measure, series, item.Model, component))];
        if (models.Length < MinModels || times.Any(time => !double.IsFinite(time)) || times.Distinct().Count() < MinModels)
        {
            yield break;
        }

        foreach (var ((model, left), time) in models.Zip(times))
        {
            yield return measure.Says("", model, component, "last norm over largest, median over blocks", left);
            yield return measure.Says("", model, component, "decay time at the last checkpoint", time);
        }

        double[] lefts = [.. models.Select(item => item.Left)];
        var byTime = RankCorrelation.Compute([.. times.Select(time => -time)], lefts);
        var bySize = RankCorrelation.Compute([.. Enumerable.Range(0, models.Length).Select(i => (double)i)], lefts);
        yield return measure.Says(
            "follows decay time", "", component, $"last norm over largest: rank correlation with less decay time, {byTime.Count} models",
            byTime.Rho, $"above 0 at {100 * Level:0} %", byTime.P <= Level);
        foreach (var item in Scale.JudgeDecline(measure, "follows decay time", component, models))
        {
            yield return item;
        }

        yield return measure.Says(
            "as surely as size", "", component, "the same minus the rank correlation with model size", byTime.Rho - bySize.Rho,
            "at least 0", byTime.Rho >= bySize.Rho);
    }

    private static double DecayTime(Measure measure, SeriesSet series, string model, string component) =>
        measure.Clock!.Select(series, model).FirstOrDefault(curve => curve.Component == component) is { } left
            ? -Math.Log(left.Last) : double.NaN;
}
