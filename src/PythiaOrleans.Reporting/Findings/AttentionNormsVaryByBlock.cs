using PythiaOrleans.Checkpoints.Families;
using PythiaOrleans.Reporting.Series;

namespace PythiaOrleans.Reporting.Findings;

/// <summary>Spread between blocks at the end, and the last quarter of the blocks beside the rest.</summary>
internal sealed class AttentionNormsVaryByBlock : IFinding
{
    private const double MuchMore = 1.5;
    private const double Larger = 1.25;

    private static readonly Measure Attention = new(
        "norm of QKV at the end", new SeriesColumn("weight-moments", "norm", Components.QueryKeyValue))
    {
        View = PictureView.LastByBlock,
    };

    private static readonly Measure Mlp = new(
        "norm of the MLP's first matrix at the end", new SeriesColumn("weight-moments", "norm", Components.MlpIn))
    {
        View = PictureView.LastByBlock,
    };

    /// <inheritdoc />
    public string Id => "attention-norms-vary-by-block";

    /// <inheritdoc />
    public string Claim => "attention norms behave like those of the MLP with much more spread between blocks, last QKV blocks largest";

    /// <inheritdoc />
    public IReadOnlyList<Measure> Measures { get; } = [Attention, Mlp];

    /// <inheritdoc />
    public IEnumerable<Evidence> Judge(SeriesSet series)
    {
        foreach (var model in series.Models)
        {
            double[] mlp = [.. Mlp.Curves(series, model).Select(curve => curve.Last)];
            foreach (var (component, curves) in Attention.ByComponent(series, model))
            {
                double[] blocks = [.. curves.Select(curve => curve.Last)];
                if (blocks.Length < 2 || mlp.Length < 2)
                {
                    continue;
                }

                var spread = Spread(blocks);
                yield return Attention.Says(
                    "more spread", model, component, "standard deviation over mean of the blocks' last norms",
                    spread, $"over {MuchMore:0.##} times the MLP's {Spread(mlp):0.###}", spread > MuchMore * Spread(mlp)).And(Mlp);
                var last = Math.Max(1, blocks.Length / 4);
                var ratio = blocks[^last..].Average() / blocks[..^last].Average();
                yield return Attention.Says(
                    "last blocks largest", model, component, "mean last norm of the last quarter of the blocks over that of the others",
                    ratio, $"at least {Larger:0.##}", ratio >= Larger);
            }
        }
    }

    private static double Spread(double[] values)
    {
        var mean = values.Average();
        return Math.Sqrt(values.Average(value => (value - mean) * (value - mean))) / mean;
    }
}
