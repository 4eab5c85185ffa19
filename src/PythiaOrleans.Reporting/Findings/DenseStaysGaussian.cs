using PythiaOrleans.Checkpoints.Families;
using PythiaOrleans.Reporting.Series;

namespace PythiaOrleans.Reporting.Findings;

/// <summary>Two parts: which distribution fits, and whose tails are lightest at the end.</summary>
internal sealed class DenseStaysGaussian : IFinding
{
    private const double Mostly = 0.75;

    private static readonly Measure Difference = new(
        "logistic minus Gaussian log-likelihood (nats per weight)",
        new SeriesColumn("weight-distribution", "logistic_minus_gaussian", Components.AttentionDense))
    { Limits = [0] };

    private static readonly Measure Kurtosis = new("excess kurtosis", new SeriesColumn("weight-moments", "excess_kurtosis", Matrices.All));

    /// <inheritdoc />
    public string Id => "dense-stays-gaussian";

    /// <inheritdoc />
    public string Claim => "attention.dense stays mostly Gaussian throughout, with lighter tails than the other matrices";

    /// <inheritdoc />
    public IReadOnlyList<Measure> Measures { get; } = [Difference, Kurtosis];

    /// <inheritdoc />
    public IEnumerable<Evidence> Judge(SeriesSet series)
    {
        foreach (var model in series.Models)
        {
            var blocks = Difference.Curves(series, model);
            if (blocks.Count > 0)
            {
                var share = CurveStatistics.Median(blocks
                    .Select(curve => curve.Values.Count(value => value <= 0) / (double)curve.Values.Length));
                yield return Difference.Says(
                    "Gaussian", model, Components.AttentionDense,
                    "share of checkpoints where the Gaussian fits better than the logistic, median over blocks",
                    share, $"at least {Mostly:0.##}", share >= Mostly);
            }

            var tails = Kurtosis.Curves(series, model).GroupBy(curve => curve.Component)
                .ToDictionary(group => group.Key, group => CurveStatistics.Median(group.Select(curve => curve.Last)));
            if (tails.Remove(Components.AttentionDense, out var own) && tails.Count > 0)
            {
                var others = tails.Values.Min();
                yield return Kurtosis.Says(
                    "lighter tails", model, "", "excess kurtosis of attention.dense at the end, median over blocks",
                    own, $"under the other matrices' {others:0.###}", own < others);
            }
        }
    }
}
