using PythiaOrleans.Checkpoints.Families;
using PythiaOrleans.Reporting.Series;

namespace PythiaOrleans.Reporting.Findings;

/// <summary>Smallest of all, and by how much.</summary>
internal sealed class Block0MlpInDiffers : IFinding
{
    private const double MuchLess = 0.9;

    private static readonly Measure Distance = new(
        "distance from initialisation at the end", new SeriesColumn("weight-distance", "distance", Components.MlpIn))
    {
        View = PictureView.LastByBlock,
    };

    /// <inheritdoc />
    public string Id => "block0-mlp-in-differs";

    /// <inheritdoc />
    public string Claim => "block 0's mlp.dense_h_to_4h moves much less than the others";

    /// <inheritdoc />
    public IReadOnlyList<Measure> Measures { get; } = [Distance];

    /// <inheritdoc />
    public IEnumerable<Evidence> Judge(SeriesSet series)
    {
        foreach (var model in series.Models)
        {
            foreach (var (component, blocks) in Distance.ByComponent(series, model))
            {
                if (blocks.Count < 2 || blocks[0].Block != 0)
                {
                    continue;
                }

                var smallest = blocks[0].Last / blocks.Skip(1).Min(curve => curve.Last);
                yield return Distance.Says(
                    "", model, component, "block 0's last distance over the smallest of the others", smallest, "under 1",
                    smallest < 1) with
                { Block = 0 };
                var ratio = blocks[0].Last / CurveStatistics.Median(blocks.Select(curve => curve.Last));
                yield return Distance.Says(
                    "", model, component, "block 0's last distance over the median of all blocks", ratio, $"at most {MuchLess:0.##}",
                    ratio <= MuchLess) with
                { Block = 0 };
            }
        }
    }
}
