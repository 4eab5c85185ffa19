using PythiaOrleans.Reporting.Series;

namespace PythiaOrleans.Reporting.Findings;

/// <summary>
/// The distance from the start over the norm of the start, median over blocks; the random walk of the null models is what noise alone
/// would do.
/// </summary>
internal sealed class WeightsLeaveInitialisation : IFinding
{
    // As far from the start as the start is from zero.
    private const double Far = 1;

    private static readonly Measure Distance = new(
        "distance from initialisation over the initial norm", new SeriesColumn("weight-distance", "relative_distance", Matrices.All))
    { Limits = [Far] };

    /// <inheritdoc />
    public string Id => "weights-leave-initialisation";

    /// <inheritdoc />
    public string Claim => "the weights leave their initial position far behind";

    /// <inheritdoc />
    public IReadOnlyList<Measure> Measures { get; } = [Distance];

    /// <inheritdoc />
    public IEnumerable<Evidence> Judge(SeriesSet series)
    {
        foreach (var model in series.Models)
        {
            foreach (var (component, blocks) in Distance.ByComponent(series, model))
            {
                var last = CurveStatistics.Median(blocks.Select(curve => curve.Last));
                yield return Distance.Says(
                    "", model, component, "last distance over the initial norm, median over blocks", last, $"at least {Far:0.#}",
                    last >= Far);
            }
        }
    }
}
