using PythiaOrleans.Checkpoints.Families;
using PythiaOrleans.Reporting.Series;

namespace PythiaOrleans.Reporting.Findings;

/// <summary>All pairs of checkpoints of the smoothed curves are compared.</summary>
internal sealed class LayernormBiasesIncrease : IFinding
{
    private const double Almost = 0.95;

    /// <inheritdoc />
    public string Id => "layernorm-biases-increase";

    /// <inheritdoc />
    public string Claim => "layernorm bias norms increase almost monotonically";

    /// <inheritdoc />
    public IReadOnlyList<SeriesColumn> Reads { get; } = [new("weight-moments", "std", Components.InputLayerNorm, Components.PostAttentionLayerNorm)];

    /// <inheritdoc />
    public IEnumerable<Evidence> Judge(SeriesSet series)
    {
        foreach (var model in series.Models)
        {
            foreach (var component in new[] { Components.InputLayerNorm, Components.PostAttentionLayerNorm })
            {
                var norms = series.Curves("weight-moments", "norm", model, component, "bias");
                // Some sources have no mean of these biases, hence no norm: their deviation differs from it by a factor while the mean is small.
                var (blocks, what) = norms.Count > 0 ? (norms, "norm") : (series.Curves("weight-moments", "std", model, component, "bias"), "standard deviation");
                if (blocks.Count == 0)
                {
                    continue;
                }

                var up = CurveStatistics.Median(blocks.Select(curve => CurveStatistics.Concordance(curve.Smoothed().Values)));
                yield return new(model, component, $"share of pairs of checkpoints whose later {what} is larger, median over blocks", up, $"over {Almost:0.##}", up > Almost);
            }
        }
    }
}
