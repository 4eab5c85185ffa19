using PythiaOrleans.Reporting.Series;

namespace PythiaOrleans.Reporting.Findings;

/// <summary>Changes are compared, since levels of smooth curves always correlate; the lag is the one of the largest correlation.</summary>
internal sealed class StreamMaximaFollowMlpNorms : IFinding
{
    private const int MinSteps = 20;
    private const int MaxLag = 5;
    private const double Together = 0.5;

    private static readonly Measure Largest = new(
        "largest |activation|", new SeriesColumn("residual-stream", "max_abs", Matrices.ResidualStream) { Parameter = "all" });

    private static readonly Measure Norm = new("Frobenius norm", new SeriesColumn("weight-moments", "norm", Matrices.Mlp));

    /// <inheritdoc />
    public string Id => "stream-maxima-follow-mlp-norms";

    /// <inheritdoc />
    public string Claim => "the largest |activation| changes along training as the MLP norms do";

    /// <inheritdoc />
    public IReadOnlyList<Measure> Measures { get; } = [Largest, Norm];

    /// <inheritdoc />
    public IEnumerable<Evidence> Judge(SeriesSet series)
    {
        foreach (var model in series.Models)
        {
            if (Largest.Curves(series, model).MedianCurve()?.Smoothed() is not { } largest
                || Norm.Curves(series, model).MedianCurve()?.Smoothed() is not { } norm || largest.Steps.Length < MinSteps)
            {
                continue;
            }

            var correlations = Enumerable.Range(-MaxLag, (2 * MaxLag) + 1)
                .Select(lag => (Lag: lag, Value: At(largest.Differences(), norm.Differences(), lag))).ToArray();
            var best = correlations.MaxBy(pair => pair.Value);
            yield return Largest.Says(
                "", model, "", $"correlation of smoothed changes (largest, {best.Value:0.##}, stream {best.Lag} checkpoints later)",
                correlations[MaxLag].Value, $"at least {Together:0.#}", correlations[MaxLag].Value >= Together).And(Norm);
        }
    }

    private static double At(Curve stream, Curve norm, int lag)
    {
        int[] steps = [.. stream.Steps.Intersect(norm.Steps)];
        var shift = Math.Abs(lag);
        Curve Part(Curve curve, bool late) => curve.Join(curve, (value, _) => value) with
        {
            Steps = [.. Enumerable.Range(0, steps.Length - shift)],
            Values = [.. curve.Steps.Zip(curve.Values).Where(pair => steps.Contains(pair.First))
                .Select(pair => pair.Second).Skip(late ? shift : 0).Take(steps.Length - shift)],
        };
        return CurveStatistics.Correlation(Part(stream, lag > 0), Part(norm, lag < 0));
    }
}
