using PythiaOrleans.Reporting.Series;

namespace PythiaOrleans.Reporting.Findings;

/// <summary>Each model beside the next smaller one, at half of training.</summary>
internal sealed class SvdDirectionsStablerWithScale : IFinding
{
    /// <inheritdoc />
    public string Id => "svd-directions-stabler-with-scale";

    /// <inheritdoc />
    public string Claim => "larger models' directions are closer to final at the same step";

    /// <inheritdoc />
    public IReadOnlyList<SeriesColumn> Reads { get; } = [new("svd-directions", "overlap")];

    /// <inheritdoc />
    public IEnumerable<Evidence> Judge(SeriesSet series)
    {
        double? before = null;
        foreach (var model in series.Models)
        {
            var curves = series.Curves("svd-directions", "overlap").Where(curve => curve.Model == model).ToArray();
            if (curves.Length == 0)
            {
                continue;
            }

            var half = CurveStatistics.Median(curves.Select(curve => curve.At(0.5)));
            yield return new(model, "", "overlap with the final directions at half of training", half,
                before is null ? "" : $"over the next smaller model's {before:0.###}", before is null ? null : half > before);
            before = half;
        }
    }
}
