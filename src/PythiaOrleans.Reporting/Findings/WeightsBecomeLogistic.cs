using PythiaOrleans.Checkpoints.Families;
using PythiaOrleans.Reporting.Series;

namespace PythiaOrleans.Reporting.Findings;

/// <summary>The zero crossing of the two log-likelihoods, median over blocks.</summary>
internal sealed class WeightsBecomeLogistic : IFinding
{
    // Step 20,000 of 143,000, half as late again.
    private const double Latest = 0.21;

    /// <inheritdoc />
    public string Id => "weights-become-logistic";

    /// <inheritdoc />
    public string Claim => "QKV weights start Gaussian and turn logistic by about step 20,000 of 143,000, in every model size";

    /// <inheritdoc />
    public IReadOnlyList<SeriesColumn> Reads { get; } = [new("weight-distribution", "logistic_minus_gaussian", Components.QueryKeyValue)];

    /// <inheritdoc />
    public IEnumerable<Evidence> Judge(SeriesSet series)
    {
        foreach (var model in series.Models)
        {
            var blocks = series.Curves("weight-distribution", "logistic_minus_gaussian", model, Components.QueryKeyValue);
            if (blocks.Count == 0)
            {
                continue;
            }

            var first = CurveStatistics.Median(blocks.Select(curve => curve.First));
            yield return new(model, Components.QueryKeyValue, "logistic minus Gaussian log-likelihood at the first checkpoint", first, "below 0", first < 0);
            var crossing = CurveStatistics.Median(blocks.Select(curve => curve.StaysPositiveFrom()).Select(at => double.IsNaN(at) ? double.PositiveInfinity : at));
            yield return new(model, Components.QueryKeyValue, "fraction of training from which the logistic law wins for good", crossing, $"at most {Latest:0.##}", crossing <= Latest);
        }
    }
}
