using PythiaOrleans.Checkpoints.Families;
using PythiaOrleans.Reporting.Series;

namespace PythiaOrleans.Reporting.Findings;

/// <summary>The zero crossing of the difference of the two log-likelihoods, median over blocks.</summary>
internal sealed class WeightsBecomeLogistic : IFinding
{
    // Step 20,000 of 143,000, half as late again.
    private const double Latest = 0.21;

    private static readonly Measure Difference = new(
        "logistic minus Gaussian log-likelihood (nats per weight)",
        new SeriesColumn("weight-distribution", "logistic_minus_gaussian", Components.QueryKeyValue))
    { Window = new(0, Latest), Limits = [0] };

    /// <inheritdoc />
    public string Id => "weights-become-logistic";

    /// <inheritdoc />
    public string Claim => "QKV weights start Gaussian and turn logistic by about step 20,000 of 143,000, in every model size";

    /// <inheritdoc />
    public IReadOnlyList<Measure> Measures { get; } = [Difference];

    /// <inheritdoc />
    public IEnumerable<Evidence> Judge(SeriesSet series)
    {
        foreach (var model in series.Models)
        {
            foreach (var (component, blocks) in Difference.ByComponent(series, model))
            {
                var first = CurveStatistics.Median(blocks.Select(curve => curve.First));
                yield return Difference.Says(
                    "starts Gaussian", model, component, "value at the first checkpoint, median over blocks", first, "below 0", first < 0);
                yield return Crossings.Judge(Difference, "turns logistic", model, component, blocks, 0, Latest);
            }
        }
    }
}
