using PythiaOrleans.Reporting.Series;

namespace PythiaOrleans.Reporting.Findings;

/// <summary>Medians over all weight matrices.</summary>
internal sealed class GradientsLogisticLate : IFinding
{
    // Step 20,000 of 143,000 is 0.14; half of it either way.
    private const double From = 0.07;
    private const double To = 0.21;

    /// <inheritdoc />
    public string Id => "gradients-logistic-late";

    /// <inheritdoc />
    public string Claim => "gradients start Gaussian, shrink, and turn logistic at about step 20,000 of 143,000";

    /// <inheritdoc />
    public IReadOnlyList<SeriesColumn> Reads { get; } = [new("weight-gradients", "logistic_minus_gaussian"), new("weight-gradients", "norm")];

    /// <inheritdoc />
    public IEnumerable<Evidence> Judge(SeriesSet series)
    {
        foreach (var model in series.Models)
        {
            var laws = series.Curves("weight-gradients", "logistic_minus_gaussian").Where(curve => curve.Model == model).ToArray();
            var norms = series.Curves("weight-gradients", "norm").Where(curve => curve.Model == model && curve.Parameter != "bias").ToArray();
            if (laws.Length == 0 || norms.Length == 0)
            {
                continue;
            }

            var first = CurveStatistics.Median(laws.Select(curve => curve.First));
            yield return new(model, "", "logistic minus Gaussian log-likelihood at the first checkpoint", first, "below 0", first < 0);
            var shrinks = CurveStatistics.Median(norms.Select(curve => curve.Last / curve.First));
            yield return new(model, "", "last norm over first, median over matrices", shrinks, "under 1", shrinks < 1);
            var crossing = CurveStatistics.Median(laws.Select(curve => curve.StaysPositiveFrom()).Select(at => double.IsNaN(at) ? double.PositiveInfinity : at));
            yield return new(model, "", "fraction of training from which the logistic law wins for good", crossing, $"{From:0.##} to {To:0.##}", crossing is >= From and <= To);
        }
    }
}
