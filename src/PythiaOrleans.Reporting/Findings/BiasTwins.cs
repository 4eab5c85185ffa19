using PythiaOrleans.Checkpoints.Families;
using PythiaOrleans.Reporting.Series;

namespace PythiaOrleans.Reporting.Findings;

/// <summary>Not in the post: with the parallel residual both biases get the same gradients from the same start.</summary>
internal sealed class BiasTwins : IFinding
{
    // The source printed 7 digits of sums in single precision.
    private const double Equal = 1e-3;

    /// <inheritdoc />
    public string Id => "bias-twins";

    /// <inheritdoc />
    public string Claim => "the biases of attention.dense and mlp.dense_4h_to_h coincide";

    /// <inheritdoc />
    public IReadOnlyList<SeriesColumn> Reads { get; } = [new("weight-moments", "std", Components.AttentionDense, Components.MlpOut)];

    /// <inheritdoc />
    public IEnumerable<Evidence> Judge(SeriesSet series)
    {
        foreach (var model in series.Models)
        {
            var twins = series.Curves("weight-moments", "std", model, Components.MlpOut, "bias").ToLookup(curve => curve.Block);
            var worst = double.NaN;
            int? step = null;
            foreach (var curve in series.Curves("weight-moments", "std", model, Components.AttentionDense, "bias"))
            {
                var others = twins[curve.Block].SelectMany(twin => twin.Steps.Zip(twin.Values)).ToDictionary(pair => pair.First, pair => pair.Second);
                foreach (var (at, value) in curve.Steps.Zip(curve.Values).Where(pair => others.ContainsKey(pair.First)))
                {
                    var difference = value == others[at] ? 0 : Math.Abs(value - others[at]) / Math.Max(value, others[at]);
                    if (!(difference <= worst))
                    {
                        (worst, step) = (difference, at);
                    }
                }
            }

            if (step is not null)
            {
                yield return new(model, Components.AttentionDense, "largest relative difference of the two biases' deviations", worst, $"at most {Equal:0.####}", worst <= Equal) { Step = step };
            }
        }
    }
}
