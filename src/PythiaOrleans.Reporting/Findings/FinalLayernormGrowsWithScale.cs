using PythiaOrleans.Checkpoints.Families;
using PythiaOrleans.Reporting.Series;

namespace PythiaOrleans.Reporting.Findings;

/// <summary>The last norm of the final layernorm, by model size; its course along training is shown beside it.</summary>
internal sealed class FinalLayernormGrowsWithScale : IFinding
{
    private static readonly Measure Norm = new(
        "norm of the final layernorm's weights",
        new SeriesColumn("weight-moments", "norm", Components.FinalLayerNorm) { Rows = SeriesRows.Whole });

    /// <inheritdoc />
    public string Id => "final-layernorm-grows-with-scale";

    /// <inheritdoc />
    public string Claim => "the norm of the final layernorm grows with model size";

    /// <inheritdoc />
    public IReadOnlyList<Measure> Measures { get; } = [Norm];

    /// <inheritdoc />
    public IEnumerable<Evidence> Judge(SeriesSet series)
    {
        var last = series.Models.SelectMany(model => Norm.Curves(series, model).Select(curve => (model, curve.Last))).ToArray();
        return Scale.Judge(Norm, "", Components.FinalLayerNorm, "norm at the end", last);
    }
}
