using PythiaOrleans.Checkpoints.Families;
using PythiaOrleans.Reporting.Series;

namespace PythiaOrleans.Reporting.Findings;

/// <summary>Outliers are measured as max |w| / std; a Gaussian matrix of these sizes has 5 to 6.</summary>
internal sealed class QkvHeaviestTails : IFinding
{
    private const string Quantity = "largest |w| over the standard deviation at the end, median over blocks";

    /// <inheritdoc />
    public string Id => "qkv-heaviest-tails";

    /// <inheritdoc />
    public string Claim => "QKV has the strongest outliers of the weight matrices";

    /// <inheritdoc />
    public IReadOnlyList<SeriesColumn> Reads { get; } = [new("weight-moments", "max_abs", Components.QueryKeyValue, Components.AttentionDense, Components.MlpIn, Components.MlpOut), new("weight-moments", "std", Components.QueryKeyValue, Components.AttentionDense, Components.MlpIn, Components.MlpOut)];

    /// <inheritdoc />
    public IEnumerable<Evidence> Judge(SeriesSet series)
    {
        foreach (var model in series.Models)
        {
            var ratios = new[] { Components.QueryKeyValue, Components.AttentionDense, Components.MlpIn, Components.MlpOut }
                .Select(component => (Component: component, Ratio: CurveStatistics.Median(Ratios(series, model, component)))).Where(pair => double.IsFinite(pair.Ratio)).ToArray();
            if (ratios.Length < 2 || ratios[0].Component != Components.QueryKeyValue)
            {
                continue;
            }

            foreach (var (component, ratio) in ratios.Skip(1))
            {
                yield return new(model, component, Quantity, ratio);
            }

            var others = ratios.Skip(1).Max(pair => pair.Ratio);
            yield return new(model, Components.QueryKeyValue, Quantity, ratios[0].Ratio, $"over the other matrices' {others:0.##}", ratios[0].Ratio > others);
        }
    }

    private static IEnumerable<double> Ratios(SeriesSet series, string model, string component) =>
        from max in series.Curves("weight-moments", "max_abs", model, component)
        from std in series.Curves("weight-moments", "std", model, component)
        where max.Block == std.Block && std.Last > 0
        select max.Last / std.Last;
}
