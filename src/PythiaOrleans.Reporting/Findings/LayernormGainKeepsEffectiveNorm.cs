using PythiaOrleans.Checkpoints.Families;
using PythiaOrleans.Reporting.Series;

namespace PythiaOrleans.Reporting.Findings;

/// <summary>
/// The norm of a matrix times that of the gain that feeds it: its value at the end over that where the matrix peaks, in blocks that
/// decline.
/// </summary>
internal sealed class LayernormGainKeepsEffectiveNorm : IFinding
{
    private static readonly Measure Weight = new(
        "Frobenius norm of the matrix", new SeriesColumn("weight-moments", "norm", Components.QueryKeyValue, Components.MlpIn));

    private static readonly Measure Gain = new(
        "norm of the layernorm's weights", new SeriesColumn("weight-moments", "norm", Matrices.BlockNorms));

    /// <inheritdoc />
    public string Id => "layernorm-gain-keeps-effective-norm";

    /// <inheritdoc />
    public string Claim => "layernorm gains make up for the decline of the weight norms that they feed";

    /// <inheritdoc />
    public IReadOnlyList<Measure> Measures { get; } = [Weight, Gain];

    /// <inheritdoc />
    public IEnumerable<Evidence> Judge(SeriesSet series)
    {
        foreach (var model in series.Models)
        {
            var gains = Gain.Curves(series, model).ToDictionary(curve => (curve.Component, curve.Block));
            foreach (var (component, blocks) in Weight.ByComponent(series, model))
            {
                var feeds = component == Components.MlpIn ? Components.PostAttentionLayerNorm : Components.InputLayerNorm;
                double[] left =
                [
                    .. blocks.Where(curve => curve.FinalOverPeak <= CurveStatistics.Declined && gains.ContainsKey((feeds, curve.Block)))
                        .Select(curve => (curve.PeakStep, Norm: curve.Join(gains[(feeds, curve.Block)], (weight, gain) => weight * gain)))
                        .Where(pair => pair.Norm.Steps.Contains(pair.PeakStep))
                        .Select(pair => pair.Norm.Last / pair.Norm.Values[Array.IndexOf(pair.Norm.Steps, pair.PeakStep)]),
                ];
                if (left.Length > 0)
                {
                    var median = CurveStatistics.Median(left);
                    yield return Weight.Says(
                        component == Components.MlpIn ? "MLP" : "attention", model, component,
                        $"effective norm at the end over that at the matrix's peak, median over {left.Length} declining blocks",
                        median, $"at least {CurveStatistics.Declined:0.##}", median >= CurveStatistics.Declined).And(Gain);
                }
            }
        }
    }
}
