using PythiaOrleans.Reporting.Series;

namespace PythiaOrleans.Reporting.Findings;

/// <summary>Models with fewer than 5 blocks have no middle and are not judged.</summary>
internal sealed class ResidualInvertedU : IFinding
{
    private const int MinBlocks = 5;
    private const double Low = 0.5;

    private static readonly Measure Largest = new(
        "largest |activation|", new SeriesColumn("residual-stream", "max_abs", Matrices.ResidualStream) { Parameter = "all" })
    {
        View = PictureView.LastByBlock,
        Logarithmic = true,
    };

    /// <inheritdoc />
    public string Id => "residual-inverted-u";

    /// <inheritdoc />
    public string Claim =>
        "over depth the largest |activation| is low in the first blocks, high from block 2 or 3 on, low again at the end";

    /// <inheritdoc />
    public IReadOnlyList<Measure> Measures { get; } = [Largest];

    /// <inheritdoc />
    public IEnumerable<Evidence> Judge(SeriesSet series)
    {
        foreach (var model in series.Models)
        {
            double[] blocks = [.. Largest.Curves(series, model).Select(curve => curve.Last)];
            if (blocks.Length < MinBlocks)
            {
                continue;
            }

            var middle = CurveStatistics.Median(blocks[2..^1]);
            foreach (var (block, name) in new[] { (0, "first"), (blocks.Length - 1, "last") })
            {
                var ratio = blocks[block] / middle;
                yield return Largest.Says(
                    $"low in the {name} block", model, Matrices.ResidualStream,
                    $"largest |activation| at the end, {name} block over the median of the blocks between",
                    ratio, $"at most {Low:0.##}", ratio <= Low) with
                { Block = block };
            }
        }
    }
}
