using PythiaOrleans.Checkpoints.Families;
using PythiaOrleans.Reporting.Series;

namespace PythiaOrleans.Reporting.Findings;

/// <summary>Two parts: which law fits, and whose tails are lightest at the end.</summary>
internal sealed class DenseStaysGaussian : IFinding
{
    private const double Mostly = 0.75;

    /// <inheritdoc />
    public string Id => "dense-stays-gaussian";

    /// <inheritdoc />
    public string Claim => "attention.dense stays mostly Gaussian throughout, with lighter tails than the other matrices";

    /// <inheritdoc />
    public IReadOnlyList<SeriesColumn> Reads { get; } = [new("weight-distribution", "logistic_minus_gaussian", Components.AttentionDense), new("weight-moments", "excess_kurtosis", Components.AttentionDense)];

    /// <inheritdoc />
    public IEnumerable<Evidence> Judge(SeriesSet series)
    {
        foreach (var model in series.Models)
        {
            var blocks = series.Curves("weight-distribution", "logistic_minus_gaussian", model, Components.AttentionDense);
            if (blocks.Count == 0)
            {
                continue;
            }

            var share = CurveStatistics.Median(blocks.Select(curve => curve.Values.Count(value => value <= 0) / (double)curve.Values.Length));
            yield return new(model, Components.AttentionDense, "share of checkpoints where the Gaussian fits better than the logistic law", share, $"at least {Mostly:0.##}", share >= Mostly);
            double Tail(string component) => CurveStatistics.Median(series.Curves("weight-moments", "excess_kurtosis", model, component).Select(curve => curve.Last));
            var others = new[] { Components.QueryKeyValue, Components.MlpIn, Components.MlpOut }.Select(Tail).Where(double.IsFinite).DefaultIfEmpty(double.NaN).Min();
            var own = Tail(Components.AttentionDense);
            yield return new(model, Components.AttentionDense, "excess kurtosis at the end, median over blocks", own, $"under the other matrices' {others:0.###}", own < others);
        }
    }
}
