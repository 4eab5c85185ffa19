using PythiaOrleans.Reporting.Series;

namespace PythiaOrleans.Reporting.Findings;

/// <summary>The smallest Kolmogorov-Smirnov distance of the five fitted distributions, median over blocks at the end.</summary>
internal sealed class NoDistributionFits : IFinding
{
    // A distance that a reader of a histogram would see: one weight in a hundred on the wrong side.
    private const double Close = 0.01;

    private static readonly Measure Gaussian = Fitted("Gaussian", "gaussian_ks");
    private static readonly Measure Logistic = Fitted("logistic", "logistic_ks");
    private static readonly Measure Laplace = Fitted("Laplace distribution", "laplace_ks");
    private static readonly Measure Student = Fitted("Student's t", "student_ks");
    private static readonly Measure General = Fitted("generalised normal", "generalised_normal_ks");

    /// <inheritdoc />
    public string Id => "no-distribution-fits";

    /// <inheritdoc />
    public string Claim => "the trained weights follow none of the tested distributions";

    /// <inheritdoc />
    public IReadOnlyList<Measure> Measures { get; } = [Gaussian, Logistic, Laplace, Student, General];

    /// <inheritdoc />
    public IEnumerable<Evidence> Judge(SeriesSet series)
    {
        foreach (var model in series.Models)
        {
            foreach (var group in Gaussian.ByComponent(series, model))
            {
                var best = Measures.Select(measure => CurveStatistics.Median(
                    measure.Curves(series, model).Where(curve => curve.Component == group.Component).Select(curve => curve.Last)))
                    .Where(double.IsFinite).Min(); // Student's t may have no fit
                yield return Gaussian.Says(
                    "", model, group.Component, "smallest distance of five fitted distributions at the end, median over blocks",
                    best, $"over {Close:0.###}", best > Close).And(Logistic).And(Laplace).And(Student).And(General);
            }
        }
    }

    private static Measure Fitted(string name, string column) => new(
        $"Kolmogorov-Smirnov distance of the {name}", new SeriesColumn("weight-distribution", column, Matrices.All))
    { Limits = [Close] };
}
