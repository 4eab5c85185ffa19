using PythiaOrleans.Checkpoints.Families;
using PythiaOrleans.Reporting.Series;

namespace PythiaOrleans.Reporting.Findings;

/// <summary>Smallest of all, and by how much.</summary>
internal sealed class Block0MlpInDiffers : IFinding
{
    private const double MuchLess = 0.9;

    /// <inheritdoc />
    public string Id => "block0-mlp-in-differs";

    /// <inheritdoc />
    public string Claim => "block 0's mlp.dense_h_to_4h moves much less than the others";

    /// <inheritdoc />
    public IReadOnlyList<SeriesColumn> Reads { get; } = [new("weight-distance", "distance", Components.MlpIn)];

    /// <inheritdoc />
    public IEnumerable<Evidence> Judge(SeriesSet series)
    {
        foreach (var model in series.Models)
        {
            var blocks = series.Curves("weight-distance", "distance", model, Components.MlpIn).OrderBy(curve => curve.Block).ToArray();
            if (blocks.Length < 2)
            {
                continue;
            }

            var smallest = blocks.Skip(1).All(curve => curve.Last > blocks[0].Last);
            var ratio = blocks[0].Last / CurveStatistics.Median(blocks.Select(curve => curve.Last));
            yield return new(model, Components.MlpIn, "block 0's last distance over the smallest of the others", blocks[0].Last / blocks.Skip(1).Min(curve => curve.Last), "under 1", smallest) { Block = 0 };
            yield return new(model, Components.MlpIn, "block 0's last distance over the median of all blocks", ratio, $"at most {MuchLess:0.##}", ratio <= MuchLess) { Block = 0 };
        }
    }
}
