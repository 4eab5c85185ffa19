using PythiaOrleans.Reporting.Series;

namespace PythiaOrleans.Reporting.Findings;

/// <summary>Both norms of the block; each part of the claim is judged on its own.</summary>
internal sealed class LayernormWeightsByDepth : IFinding
{
    private const double Ordered = 0.85;

    private static readonly Measure Norm = new(
        "norm of the layernorm's weights", new SeriesColumn("weight-moments", "norm", Matrices.BlockNorms))
    {
        View = PictureView.EachBlock,
    };

    /// <inheritdoc />
    public string Id => "layernorm-weights-by-depth";

    /// <inheritdoc />
    public string Claim => "layernorm weights fall in block 0 and rise in later blocks, ordered by depth";

    /// <inheritdoc />
    public IReadOnlyList<Measure> Measures { get; } = [Norm];

    /// <inheritdoc />
    public IEnumerable<Evidence> Judge(SeriesSet series)
    {
        foreach (var model in series.Models)
        {
            foreach (var (component, blocks) in Norm.ByComponent(series, model))
            {
                if (blocks.Count < 2)
                {
                    continue;
                }

                var (first, lowest) = (blocks[0], blocks[0].Values.Min());
                yield return Norm.Says(
                    "falls in block 0", model, component, "smallest norm of block 0 over its first",
                    lowest / first.First, $"at most {CurveStatistics.Declined:0.##}", lowest / first.First <= CurveStatistics.Declined) with
                {
                    Block = 0,
                    Step = first.Steps[Array.IndexOf(first.Values, lowest)],
                };
                var rising = blocks.Skip(1).Count(curve => curve.Last > curve.First) / (blocks.Count - 1.0);
                yield return Norm.Says(
                    "rises in later blocks", model, component, "share of the later blocks whose last norm is over their first",
                    rising, $"at least {Ordered:0.##}", rising >= Ordered);
                var order = CurveStatistics.Concordance([.. blocks.Select(curve => curve.Last)]);
                yield return Norm.Says(
                    "ordered by depth", model, component, "share of block pairs whose last norms are ordered by depth",
                    order, $"at least {Ordered:0.##}", order >= Ordered);
            }
        }
    }
}
