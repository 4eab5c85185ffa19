using PythiaOrleans.Checkpoints.Families;
using PythiaOrleans.Reporting.Series;

namespace PythiaOrleans.Reporting.Findings;

/// <summary>Kolmogorov-Smirnov distance at the worst checkpoint.</summary>
internal sealed class DenseSpectrumGaussian : IFinding
{
    private const double Close = 0.1;

    /// <inheritdoc />
    public string Id => "dense-spectrum-gaussian";

    /// <inheritdoc />
    public string Claim => "the attention.dense spectrum stays close to Gaussian (Marchenko-Pastur)";

    /// <inheritdoc />
    public IReadOnlyList<SeriesColumn> Reads { get; } = [new("weight-spectrum", "marchenko_pastur_ks", Components.AttentionDense)];

    /// <inheritdoc />
    public IEnumerable<Evidence> Judge(SeriesSet series)
    {
        foreach (var model in series.Models)
        {
            var blocks = series.Curves("weight-spectrum", "marchenko_pastur_ks", model, Components.AttentionDense);
            if (blocks.Count == 0)
            {
                continue;
            }

            var worst = CurveStatistics.Median(blocks.Select(curve => curve.Values.Max()));
            yield return new(model, Components.AttentionDense, "largest distance from the Marchenko-Pastur law, median over blocks", worst, $"at most {Close:0.##}", worst <= Close);
        }
    }
}
