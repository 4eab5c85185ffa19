using PythiaOrleans.Reporting.Series;

namespace PythiaOrleans.Reporting.Findings;

/// <summary>Medians over the four weight matrices of the blocks.</summary>
internal sealed class GradientsLogisticLate : IFinding
{
    // Step 20,000 of 143,000 is 0.14; half of it either way.
    private const double From = 0.07;
    private const double To = 0.21;

    private static readonly Measure Difference = new(
        "logistic minus Gaussian log-likelihood (nats per value)",
        new SeriesColumn("weight-gradients", "logistic_minus_gaussian", Matrices.All))
    {
        Window = new(From, To),
        Limits = [0],
    };

    private static readonly Measure Size = new(
        "norm of the gradient", new SeriesColumn("weight-gradients", "norm", Matrices.All))
    { Logarithmic = true };

    /// <inheritdoc />
    public string Id => "gradients-logistic-late";

    /// <inheritdoc />
    public string Claim => "gradients start Gaussian, shrink, and turn logistic at about step 20,000 of 143,000";

    /// <inheritdoc />
    public IReadOnlyList<Measure> Measures { get; } = [Difference, Size];

    /// <inheritdoc />
    public IEnumerable<Evidence> Judge(SeriesSet series)
    {
        foreach (var model in series.Models)
        {
            var (difference, size) = (Difference.Curves(series, model), Size.Curves(series, model));
            if (difference.Count == 0 || size.Count == 0)
            {
                continue;
            }

            var first = CurveStatistics.Median(difference.Select(curve => curve.First));
            yield return Difference.Says("start Gaussian", model, "", "value at the first checkpoint, median over matrices", first,
                "below 0", first < 0);
            var shrinks = CurveStatistics.Median(size.Select(curve => curve.Last / curve.First));
            yield return Size.Says("shrink", model, "", "last norm over first, median over matrices", shrinks, "under 1", shrinks < 1);
            yield return Crossings.Judge(Difference, "turn logistic", model, "", difference, From, To);
        }
    }
}
