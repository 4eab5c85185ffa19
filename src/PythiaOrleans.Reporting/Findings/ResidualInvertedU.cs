using PythiaOrleans.Reporting.Series;

namespace PythiaOrleans.Reporting.Findings;

/// <summary>Models with fewer than 5 blocks have no middle and are not judged.</summary>
internal sealed class ResidualInvertedU : IFinding
{
    private const int MinBlocks = 5;
    private const double Low = 0.5;

    /// <inheritdoc />
    public string Id => "residual-inverted-u";

    /// <inheritdoc />
    public string Claim => "over depth the largest |activation| is low in the first blocks, high from block 2 or 3 on, low again at the end";

    /// <inheritdoc />
    public IReadOnlyList<SeriesColumn> Reads { get; } = [new("residual-stream", "max_abs")];

    /// <inheritdoc />
    public IEnumerable<Evidence> Judge(SeriesSet series)
    {
        foreach (var model in series.Models)
        {
            var blocks = series.Curves("residual-stream", "max_abs").Where(curve => curve.Model == model && curve.Block is not null).OrderBy(curve => curve.Block).ToArray();
            if (blocks.Length < MinBlocks)
            {
                continue;
            }

            var middle = CurveStatistics.Median(blocks[2..^1].Select(curve => curve.Last));
            foreach (var (block, name) in new[] { (blocks[0], "first"), (blocks[^1], "last") })
            {
                var ratio = block.Last / middle;
                yield return new(model, "", $"largest |activation| of the {name} block over the median of the blocks between, at the end", ratio, $"at most {Low:0.##}", ratio <= Low) { Block = block.Block };
            }
        }
    }
}
