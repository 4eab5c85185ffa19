using PythiaOrleans.Checkpoints.Families;
using PythiaOrleans.Reporting.Series;

namespace PythiaOrleans.Reporting.Findings;

/// <summary>Spread between blocks at the end, and the later half of the blocks beside the earlier.</summary>
internal sealed class AttentionNormsVaryByBlock : IFinding
{
    private const double MuchMore = 1.5;

    /// <inheritdoc />
    public string Id => "attention-norms-vary-by-block";

    /// <inheritdoc />
    public string Claim => "attention norms behave like those of the MLP with much more spread between blocks, last QKV blocks largest";

    /// <inheritdoc />
    public IReadOnlyList<SeriesColumn> Reads { get; } = [new("weight-moments", "norm", Components.QueryKeyValue, Components.MlpIn)];

    /// <inheritdoc />
    public IEnumerable<Evidence> Judge(SeriesSet series)
    {
        foreach (var model in series.Models)
        {
            var qkv = series.Curves("weight-moments", "norm", model, Components.QueryKeyValue).OrderBy(curve => curve.Block).Select(curve => curve.Last).ToArray();
            var mlp = series.Curves("weight-moments", "norm", model, Components.MlpIn).Select(curve => curve.Last).ToArray();
            if (qkv.Length < 2 || mlp.Length < 2)
            {
                continue;
            }

            var spread = Spread(qkv);
            yield return new(model, Components.QueryKeyValue, "standard deviation over mean of the blocks' last norms", spread, $"over {MuchMore:0.##} times the MLP's {Spread(mlp):0.###}", spread > MuchMore * Spread(mlp));
            var later = qkv[(qkv.Length / 2)..].Average() / qkv[..(qkv.Length / 2)].Average();
            yield return new(model, Components.QueryKeyValue, "mean last norm of the later half of the blocks over the earlier half", later, "over 1", later > 1);
        }
    }

    private static double Spread(double[] values)
    {
        var mean = values.Average();
        return Math.Sqrt(values.Average(value => (value - mean) * (value - mean))) / mean;
    }
}
