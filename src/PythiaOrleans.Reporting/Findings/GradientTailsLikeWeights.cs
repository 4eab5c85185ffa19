using PythiaOrleans.Reporting.Series;

namespace PythiaOrleans.Reporting.Findings;

/// <summary>Largest value over the standard deviation at the end, of gradients over that of weights, median over blocks.</summary>
internal sealed class GradientTailsLikeWeights : IFinding
{
    private const double Like = 1.5;

    private static readonly Measure Gradients = new(
        "largest |gradient| over the standard deviation", new SeriesColumn("weight-gradients", "max_abs", Matrices.All))
    {
        Per = new SeriesColumn("weight-gradients", "std", Matrices.All),
    };

    private static readonly Measure Weights = new(
        "largest |w| over the standard deviation", new SeriesColumn("weight-moments", "max_abs", Matrices.All))
    {
        Per = new SeriesColumn("weight-moments", "std", Matrices.All),
    };

    /// <inheritdoc />
    public string Id => "gradient-tails-like-weights";

    /// <inheritdoc />
    public string Claim => "the gradients' outliers are no larger than the weights': outliers of weights grow over many steps";

    /// <inheritdoc />
    public IReadOnlyList<Measure> Measures { get; } = [Gradients, Weights];

    /// <inheritdoc />
    public IEnumerable<Evidence> Judge(SeriesSet series)
    {
        foreach (var model in series.Models)
        {
            var weights = Weights.Curves(series, model).ToDictionary(curve => (curve.Component, curve.Block), curve => curve.Last);
            double[] ratios =
            [
                .. Gradients.Curves(series, model).Where(curve => weights.ContainsKey((curve.Component, curve.Block)))
                    .Select(curve => curve.Last / weights[(curve.Component, curve.Block)]),
            ];
            if (ratios.Length > 0)
            {
                var ratio = CurveStatistics.Median(ratios);
                yield return Gradients.Says(
                    "", model, "", "largest over deviation at the end, of the gradient over that of the weight, median over matrices",
                    ratio, $"at most {Like:0.#}", ratio <= Like).And(Weights);
            }
        }
    }
}
