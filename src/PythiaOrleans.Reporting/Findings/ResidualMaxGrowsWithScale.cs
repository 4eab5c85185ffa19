using PythiaOrleans.Reporting.Series;

namespace PythiaOrleans.Reporting.Findings;

/// <summary>Each model beside the next smaller one.</summary>
internal sealed class ResidualMaxGrowsWithScale : IFinding
{
    /// <inheritdoc />
    public string Id => "residual-max-grows-with-scale";

    /// <inheritdoc />
    public string Claim => "the largest outlier of the residual stream grows with model size";

    /// <inheritdoc />
    public IReadOnlyList<SeriesColumn> Reads { get; } = [new("residual-stream", "max_abs")];

    /// <inheritdoc />
    public IEnumerable<Evidence> Judge(SeriesSet series)
    {
        double? before = null;
        foreach (var model in series.Models)
        {
            var curves = series.Curves("residual-stream", "max_abs").Where(curve => curve.Model == model).ToArray();
            if (curves.Length == 0)
            {
                continue;
            }

            var largest = curves.Max(curve => curve.Values.Max());
            yield return new(model, "", "largest |activation| of all blocks and steps", largest, before is null ? "" : $"over the next smaller model's {before:0.##}", before is null ? null : largest > before);
            before = largest;
        }
    }
}
