using PythiaOrleans.Checkpoints.Families;
using PythiaOrleans.Reporting.Series;

namespace PythiaOrleans.Reporting.Findings;

/// <summary>The overlap at half of training, by model size.</summary>
internal sealed class SvdDirectionsStablerWithScale : IFinding
{
    private static readonly Measure Overlap = new(
        "share of the 20 tokens that the final direction has too",
        new SeriesColumn("svd-directions", "overlap", Components.MlpIn, Components.MlpOut, Matrices.OutputValue) { Parameter = null });

    /// <inheritdoc />
    public string Id => "svd-directions-stabler-with-scale";

    /// <inheritdoc />
    public string Claim => "larger models' directions are closer to final at the same step";

    /// <inheritdoc />
    public IReadOnlyList<Measure> Measures { get; } = [Overlap];

    /// <inheritdoc />
    public IEnumerable<Evidence> Judge(SeriesSet series)
    {
        var half = series.Models.Select(model => (Model: model, Curves: Overlap.Curves(series, model))).Where(pair => pair.Curves.Count > 0)
            .Select(pair => (pair.Model, CurveStatistics.Median(pair.Curves.Select(curve => curve.At(0.5))))).ToArray();
        return Scale.Judge(Overlap, "", "", "overlap at half of training, median", half);
    }
}
