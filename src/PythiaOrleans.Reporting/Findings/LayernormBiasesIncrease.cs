using PythiaOrleans.Reporting.Series;

namespace PythiaOrleans.Reporting.Findings;

/// <summary>All pairs of checkpoints of the smoothed curves are compared.</summary>
internal sealed class LayernormBiasesIncrease : IFinding
{
    private const double Almost = 0.95;

    private static readonly Measure Norm = new(
        "norm of the biases", new SeriesColumn("weight-moments", "norm", Matrices.BlockNorms) { Parameter = "bias" })
    { Optional = true };

    private static readonly Measure Deviation = new(
        "standard deviation of the biases", new SeriesColumn("weight-moments", "std", Matrices.BlockNorms) { Parameter = "bias" });

    /// <inheritdoc />
    public string Id => "layernorm-biases-increase";

    /// <inheritdoc />
    public string Claim => "layernorm bias norms increase almost monotonically";

    /// <inheritdoc />
    public IReadOnlyList<Measure> Measures { get; } = [Norm, Deviation];

    /// <inheritdoc />
    public IEnumerable<Evidence> Judge(SeriesSet series)
    {
        foreach (var model in series.Models)
        {
            // Some sources have no mean of these biases, hence no norm. The deviation is then as good while the mean is small.
            var measure = Norm.Curves(series, model).Count > 0 ? Norm : Deviation;
            foreach (var (component, blocks) in measure.ByComponent(series, model))
            {
                var up = CurveStatistics.Median(blocks.Select(curve => CurveStatistics.Concordance(curve.Smoothed().Values)));
                yield return measure.Says(
                    "", model, component,
                    $"share of pairs of checkpoints whose later {measure.Name} is larger, median over blocks",
                    up, $"over {Almost:0.##}", up > Almost);
            }
        }
    }
}
