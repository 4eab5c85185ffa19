using PythiaOrleans.Checkpoints.Families;
using PythiaOrleans.Reporting.Series;

namespace PythiaOrleans.Reporting.Findings;

/// <summary>Not in the post: with the parallel residual both biases get the same gradients from the same start.</summary>
internal sealed class BiasTwins : IFinding
{
    // The source printed 7 digits of sums in single precision.
    private const double Equal = 1e-3;

    private static readonly Measure Deviation = new(
        "standard deviation of the biases",
        new SeriesColumn("weight-moments", "std", Components.AttentionDense, Components.MlpOut) { Parameter = "bias" });

    /// <inheritdoc />
    public string Id => "bias-twins";

    /// <inheritdoc />
    public string Claim => "the biases of attention.dense and mlp.dense_4h_to_h coincide";

    /// <inheritdoc />
    public IReadOnlyList<Measure> Measures { get; } = [Deviation];

    /// <inheritdoc />
    public IEnumerable<Evidence> Judge(SeriesSet series)
    {
        foreach (var model in series.Models)
        {
            var blocks = Deviation.Curves(series, model).ToLookup(curve => curve.Component);
            var twins = blocks[Components.MlpOut].ToDictionary(curve => curve.Block!.Value);
            Curve[] differences =
            [
                .. blocks[Components.AttentionDense].Where(curve => twins.ContainsKey(curve.Block!.Value))
                    .Select(curve => curve.Join(twins[curve.Block!.Value], (a, b) => a == b ? 0 : Math.Abs(a - b) / Math.Max(a, b)))
                    .Where(curve => curve.Steps.Length > 0),
            ];
            if (differences.MaxBy(curve => curve.Values.Max()) is { } worst)
            {
                yield return Deviation.Says(
                    "", model, "", "largest relative difference of the two biases' deviations",
                    worst.Values.Max(), $"at most {Equal:0.####}", worst.Values.Max() <= Equal) with
                { Step = worst.PeakStep };
            }
        }
    }
}
