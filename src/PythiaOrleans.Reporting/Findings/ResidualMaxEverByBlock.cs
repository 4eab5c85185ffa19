using PythiaOrleans.Reporting.Series;

namespace PythiaOrleans.Reporting.Findings;

/// <summary>Models with fewer than 5 blocks have no middle and are not judged.</summary>
internal sealed class ResidualMaxEverByBlock : IFinding
{
    private const int MinBlocks = 5;
    private const double Low = 0.5;

    private static readonly Measure Largest = new(
        "largest |activation|", new SeriesColumn("residual-stream", "max_abs", Matrices.ResidualStream) { Parameter = "all" })
    {
        View = PictureView.MaxByBlock,
        Logarithmic = true,
    };

    /// <inheritdoc />
    public string Id => "residual-max-ever-by-block";

    /// <inheritdoc />
    public string Claim =>
        "the largest |activation| ever reached in training is low in the first blocks, high between, low again in the last";

    /// <inheritdoc />
    public IReadOnlyList<Measure> Measures { get; } = [Largest];

    /// <inheritdoc />
    public IEnumerable<Evidence> Judge(SeriesSet series)
    {
        foreach (var model in series.Models)
        {
            double[] blocks = [.. Largest.Curves(series, model).Select(curve => curve.Values.Max())];
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
                    $"largest |activation| of all steps, {name} block over the median of the blocks between",
                    ratio, $"at most {Low:0.##}", ratio <= Low) with
                { Block = block };
            }
        }
    }
}
