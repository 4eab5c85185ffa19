using PythiaOrleans.Reporting.Series;

namespace PythiaOrleans.Reporting.Findings;

/// <summary>Outliers are the excess kurtosis; the largest |w| over the deviation, one value of millions, is a part of its own.</summary>
internal sealed class QkvHeaviestTails : IFinding
{
    private static readonly Measure Kurtosis = new(
        "excess kurtosis", new SeriesColumn("weight-moments", "excess_kurtosis", Matrices.All))
    { Optional = true };

    private static readonly Measure Largest = new(
        "largest |w| over the standard deviation", new SeriesColumn("weight-moments", "max_abs", Matrices.All))
    {
        Per = new SeriesColumn("weight-moments", "std", Matrices.All),
    };

    /// <inheritdoc />
    public string Id => "qkv-heaviest-tails";

    /// <inheritdoc />
    public string Claim => "QKV has the strongest outliers of the weight matrices";

    /// <inheritdoc />
    public IReadOnlyList<Measure> Measures { get; } = [Kurtosis, Largest];

    /// <inheritdoc />
    public IEnumerable<Evidence> Judge(SeriesSet series)
    {
        foreach (var model in series.Models)
        {
            foreach (var (measure, part) in new[] { (Kurtosis, "excess kurtosis"), (Largest, "largest weight") })
            {
                var values = measure.ByComponent(series, model)
                    .Select(group => (group.Component, Value: CurveStatistics.Median(group.Blocks.Select(curve => curve.Last)))).ToArray();
                double[] own = [.. values.Where(pair => Matrices.IsQueryKeyValue(pair.Component)).Select(pair => pair.Value)];
                double[] others = [.. values.Where(pair => !Matrices.IsQueryKeyValue(pair.Component)).Select(pair => pair.Value)];
                if (own.Length == 0 || others.Length == 0)
                {
                    continue;
                }

                yield return measure.Says(
                    part, model, "", $"{measure.Name} of QKV at the end, median over blocks",
                    own.Max(), $"over the other matrices' {others.Max():0.##}", own.Max() > others.Max());
            }
        }
    }
}
