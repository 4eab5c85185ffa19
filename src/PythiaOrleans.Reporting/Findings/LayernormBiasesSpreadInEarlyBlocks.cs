using PythiaOrleans.Numerics.Trends;
using PythiaOrleans.Reporting.Series;

namespace PythiaOrleans.Reporting.Findings;

/// <summary>The dispersion at the end falls with depth: its rank correlation with the block, against all orders.</summary>
internal sealed class LayernormBiasesSpreadInEarlyBlocks : IFinding
{
    private const int MinBlocks = 4;
    private const double Level = 0.05;

    private static readonly Measure Deviation = new(
        "standard deviation of the biases at the end",
        new SeriesColumn("weight-moments", "std", Matrices.BlockNorms) { Parameter = "bias" })
    {
        View = PictureView.LastByBlock,
    };

    /// <inheritdoc />
    public string Id => "layernorm-biases-spread-in-early-blocks";

    /// <inheritdoc />
    public string Claim => "the biases of the layernorms disperse most in the early blocks";

    /// <inheritdoc />
    public IReadOnlyList<Measure> Measures { get; } = [Deviation];

    /// <inheritdoc />
    public IEnumerable<Evidence> Judge(SeriesSet series)
    {
        foreach (var model in series.Models)
        {
            foreach (var (component, blocks) in Deviation.ByComponent(series, model))
            {
                if (blocks.Count < MinBlocks)
                {
                    continue;
                }

                var rank = RankCorrelation.Compute([.. blocks.Select(curve => -(double)curve.Block!)],
                    [.. blocks.Select(curve => curve.Last)]);
                yield return Deviation.Says(
                    "", model, component, "rank correlation of the last deviation with closeness to the first block",
                    rank.Rho, $"above 0 at {100 * Level:0} %", rank.P <= Level);
                yield return Deviation.Says(
                    "", model, component, $"share of all orders of {rank.Count} blocks with a correlation as large", rank.P);
            }
        }
    }
}
