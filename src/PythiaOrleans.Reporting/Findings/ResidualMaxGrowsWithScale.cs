using PythiaOrleans.Reporting.Series;

namespace PythiaOrleans.Reporting.Findings;

/// <summary>The rank correlation with model size, against all orders of the models.</summary>
internal sealed class ResidualMaxGrowsWithScale : IFinding
{
    private static readonly Measure Largest = new(
        "largest |activation|", new SeriesColumn("residual-stream", "max_abs", Matrices.ResidualStream) { Parameter = "all" })
    {
        View = PictureView.MaxByBlock,
    };

    /// <inheritdoc />
    public string Id => "residual-max-grows-with-scale";

    /// <inheritdoc />
    public string Claim => "the largest outlier of the residual stream grows with model size";

    /// <inheritdoc />
    public IReadOnlyList<Measure> Measures { get; } = [Largest];

    /// <inheritdoc />
    public IEnumerable<Evidence> Judge(SeriesSet series)
    {
        var largest = series.Models.Select(model => (Model: model, Curves: Largest.Curves(series, model)))
            .Where(pair => pair.Curves.Count > 0)
            .Select(pair => (pair.Model, pair.Curves.Max(curve => curve.Values.Max()))).ToArray();
        return Scale.Judge(Largest, "", Matrices.ResidualStream, "largest |activation| of all blocks and steps", largest);
    }
}
