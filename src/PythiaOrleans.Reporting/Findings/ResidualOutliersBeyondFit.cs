using MathNet.Numerics.Distributions;
using PythiaOrleans.Reporting.Series;

namespace PythiaOrleans.Reporting.Findings;

/// <summary>The largest |activation| beside what as many draws from the fitted distribution would show.</summary>
internal sealed class ResidualOutliersBeyondFit : IFinding
{
    private const double Beyond = 2;

    // Below, Student's t has no variance, or one that a sample does not show.
    private const double MinFreedom = 2.5;

    private static readonly Measure Largest = new(
        "largest |activation| over the standard deviation", Stream("max_abs"))
    { Per = Stream("std") };
    private static readonly Measure Freedom = new("degrees of freedom of Student's t", Stream("student_freedom")) { Logarithmic = true };
    private static readonly Measure Count = new("values", Stream("count"));

    /// <inheritdoc />
    public string Id => "residual-outliers-beyond-fit";

    /// <inheritdoc />
    public string Claim => "the outliers of the residual stream are not draws from a heavy-tailed distribution";

    /// <inheritdoc />
    public IReadOnlyList<Measure> Measures { get; } = [Largest, Freedom, Count];

    /// <inheritdoc />
    public IEnumerable<Evidence> Judge(SeriesSet series)
    {
        foreach (var model in series.Models)
        {
            var freedoms = Freedom.Curves(series, model).ToDictionary(curve => curve.Block!.Value, curve => curve.Last);
            var counts = Count.Curves(series, model).ToDictionary(curve => curve.Block!.Value, curve => curve.Last);
            double[] ratios =
            [
                .. Largest.Curves(series, model)
                    .Where(curve => counts.ContainsKey(curve.Block!.Value) && freedoms.GetValueOrDefault(curve.Block.Value) > MinFreedom)
                    .Select(curve => curve.Last / Expected(freedoms[curve.Block!.Value], counts[curve.Block.Value])),
            ];
            if (ratios.Length > 0)
            {
                var ratio = CurveStatistics.Median(ratios);
                yield return Largest.Says(
                    "", model, Matrices.ResidualStream,
                    $"largest |activation| at the end over the median maximum of as many draws of Student's t, over {ratios.Length} blocks",
                    ratio, $"at least {Beyond:0.#}", ratio >= Beyond).And(Freedom).And(Count);
            }
        }
    }

    private static SeriesColumn Stream(string column) => new("residual-stream", column, Matrices.ResidualStream) { Parameter = "all" };

    // Half of all samples of that size have a larger maximum of |x|, in standard deviations.
    private static double Expected(double freedom, double count) =>
        StudentT.InvCDF(0, 1, freedom, 1 - (Math.Log(2) / (2 * count))) / Math.Sqrt(freedom / (freedom - 2));
}
