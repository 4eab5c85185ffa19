using PythiaOrleans.Checkpoints.Families;
using PythiaOrleans.Reporting.Series;

namespace PythiaOrleans.Reporting.Findings;

/// <summary>
/// The norm of a matrix times that of the gain that feeds it: its value at the end over that where the matrix peaks, in blocks that
/// decline.
/// </summary>
internal sealed class LayernormGainKeepsEffectiveNorm : IFinding
{
    private static readonly SeriesColumn Norm = new(
        "weight-moments", "norm", Components.QueryKeyValue, Components.MlpIn, Components.MlpGate);

    private static readonly Measure Weight = new("Frobenius norm of the matrix", Norm) { View = PictureView.EachBlock };

    private static readonly Measure Effective = new("effective norm: that of the matrix times that of the gain before it", Norm)
    {
        Times = new MeasureFactor(
            new SeriesColumn("weight-moments", "norm", Matrices.BlockNorms),
            new Dictionary<string, string>
            {
                [Components.QueryKeyValue] = Components.InputLayerNorm,
                [Components.Query] = Components.InputLayerNorm,
                [Components.Key] = Components.InputLayerNorm,
                [Components.Value] = Components.InputLayerNorm,
                [Components.MlpIn] = Components.PostAttentionLayerNorm,
                [Components.MlpGate] = Components.PostAttentionLayerNorm,
            }),
        View = PictureView.EachBlock,
    };

    /// <inheritdoc />
    public string Id => "layernorm-gain-keeps-effective-norm";

    /// <inheritdoc />
    public string Claim => "layernorm gains make up for the decline of the weight norms that they feed";

    /// <inheritdoc />
    public IReadOnlyList<Measure> Measures { get; } = [Weight, Effective];

    /// <inheritdoc />
    public IEnumerable<Evidence> Judge(SeriesSet series)
    {
        foreach (var model in series.Models)
        {
            var effective = Effective.Curves(series, model).ToDictionary(curve => (curve.Component, curve.Block));
            foreach (var (component, blocks) in Weight.ByComponent(series, model))
            {
                var left = blocks.Where(curve => effective.ContainsKey((component, curve.Block)))
                    .Select(curve => (Matrix: curve, Left: LeftOfPeak(effective[(component, curve.Block)], curve.PeakStep)))
                    .Where(pair => double.IsFinite(pair.Left)).ToArray();
                var declining = left.Where(pair => pair.Matrix.FinalOverPeak <= CurveStatistics.Declined).ToArray();
                if (declining.Length == 0)
                {
                    continue;
                }

                var part = Matrices.IsQueryKeyValue(component) ? "attention" : "MLP";
                var median = CurveStatistics.Median(declining.Select(pair => pair.Left));
                yield return Weight.Says(
                    part, model, component,
                    $"effective norm at the end over that at the matrix's peak, median over {declining.Length} declining blocks",
                    median, $"at least {CurveStatistics.Declined:0.##}", median >= CurveStatistics.Declined).And(Effective);
                yield return Effective.Says(
                    part, model, component, $"the same, median over all {left.Length} blocks",
                    CurveStatistics.Median(left.Select(pair => pair.Left))).And(Weight);
                foreach (var (matrix, value) in declining)
                {
                    yield return Weight.Says(
                        part, model, component, "effective norm at the end over that at the matrix's peak", value).And(Effective) with
                    {
                        Block = matrix.Block,
                        Step = matrix.PeakStep,
                    };
                }
            }
        }
    }

    // NaN where the norm was not measured at that step.
    private static double LeftOfPeak(Curve effective, int peak) =>
        Array.IndexOf(effective.Steps, peak) is >= 0 and var at ? effective.Last / effective.Values[at] : double.NaN;
}
