using PythiaOrleans.Reporting.Series;

namespace PythiaOrleans.Reporting.Findings;

/// <summary>Crossing of the two log-likelihoods, and the largest value in standard deviations beside that of the weight matrices.</summary>
internal sealed class ResidualLogisticEarly : IFinding
{
    private const double FarMore = 2;

    private static readonly Measure Difference = new(
        "logistic minus Gaussian log-likelihood (nats per value)",
        new SeriesColumn("residual-stream", "logistic_minus_gaussian", Matrices.ResidualStream) { Parameter = "all" })
    {
        Window = (0, CurveStatistics.Early),
        Limits = [0],
    };

    private static readonly Measure Stream = new(
        "largest |activation| over the standard deviation",
        new SeriesColumn("residual-stream", "max_abs", Matrices.ResidualStream) { Parameter = "all" })
    {
        Per = new SeriesColumn("residual-stream", "std", Matrices.ResidualStream) { Parameter = "all" },
        View = PictureView.EachBlock,
    };

    private static readonly Measure Weights = new(
        "largest |w| over the standard deviation", new SeriesColumn("weight-moments", "max_abs", Matrices.All))
    {
        Per = new SeriesColumn("weight-moments", "std", Matrices.All),
        View = PictureView.EachBlock,
    };

    /// <inheritdoc />
    public string Id => "residual-logistic-early";

    /// <inheritdoc />
    public string Claim =>
        "the residual stream turns logistic within the first few thousand steps; its outliers are far more extreme than the weights'";

    /// <inheritdoc />
    public IReadOnlyList<Measure> Measures { get; } = [Difference, Stream, Weights];

    /// <inheritdoc />
    public IEnumerable<Evidence> Judge(SeriesSet series)
    {
        foreach (var model in series.Models)
        {
            var blocks = Difference.Curves(series, model);
            if (blocks.Count > 0)
            {
                yield return Crossings.Judge(Difference, "turns logistic early", model, Matrices.ResidualStream, blocks, 0,
                    CurveStatistics.Early);
            }

            var stream = Stream.Curves(series, model);
            var weights = Weights.Curves(series, model);
            if (stream.Count > 0 && weights.Count > 0)
            {
                var (largest, ofWeights) = (stream.Max(curve => curve.Last), weights.Max(curve => curve.Last));
                yield return Stream.Says(
                    "far more extreme", model, "", "largest |activation| over the standard deviation at the end, largest of all blocks",
                    largest, $"over {FarMore:0.#} times the weight matrices' {ofWeights:0.#}", largest > FarMore * ofWeights).And(Weights);
            }
        }
    }
}
