using PythiaOrleans.Checkpoints.Families;
using PythiaOrleans.Reporting.Series;

namespace PythiaOrleans.Reporting.Findings;

/// <summary>The condition number at the end beside those of the other matrices.</summary>
internal sealed class DenseBadlyConditioned : IFinding
{
    private const double Worse = 2;

    private static readonly Measure Condition = new(
        "condition number", new SeriesColumn("weight-spectrum", "condition_number", Matrices.All))
    { Logarithmic = true };

    /// <inheritdoc />
    public string Id => "dense-badly-conditioned";

    /// <inheritdoc />
    public string Claim => "attention.dense is the worst conditioned of the weight matrices";

    /// <inheritdoc />
    public IReadOnlyList<Measure> Measures { get; } = [Condition];

    /// <inheritdoc />
    public IEnumerable<Evidence> Judge(SeriesSet series)
    {
        foreach (var model in series.Models)
        {
            var values = Condition.ByComponent(series, model)
                .ToDictionary(group => group.Component, group => CurveStatistics.Median(group.Blocks.Select(curve => curve.Last)));
            if (values.Remove(Components.AttentionDense, out var own) && values.Count > 0)
            {
                // A square matrix is worse conditioned than an oblong one by chance alone: hence a factor, not only the largest.
                var others = values.Values.Max();
                yield return Condition.Says(
                    "", model, "", "condition number of attention.dense at the end, median over blocks",
                    own, $"over {Worse:0.#} times the largest of the others, {others:0.#}", own > Worse * others);
            }
        }
    }
}
