using PythiaOrleans.Checkpoints.Families;
using PythiaOrleans.Reporting.Series;

namespace PythiaOrleans.Reporting.Findings;

/// <summary>Kolmogorov-Smirnov distance at the worst checkpoint.</summary>
internal sealed class DenseSpectrumGaussian : IFinding
{
    private const double Close = 0.1;

    private static readonly Measure Distance = new(
        "Kolmogorov-Smirnov distance from the Marchenko-Pastur distribution",
        new SeriesColumn("weight-spectrum", "marchenko_pastur_ks", Components.AttentionDense))
    { Limits = [Close] };

    /// <inheritdoc />
    public string Id => "dense-spectrum-gaussian";

    /// <inheritdoc />
    public string Claim => "the attention.dense spectrum stays close to Gaussian (Marchenko-Pastur)";

    /// <inheritdoc />
    public IReadOnlyList<Measure> Measures { get; } = [Distance];

    /// <inheritdoc />
    public IReadOnlyList<string> AssertedNulls { get; } = ["initialised", "shuffled"];

    /// <inheritdoc />
    public IEnumerable<Evidence> Judge(SeriesSet series)
    {
        foreach (var model in series.Models)
        {
            var blocks = Distance.Curves(series, model);
            if (blocks.Count > 0)
            {
                var worst = CurveStatistics.Median(blocks.Select(curve => curve.Values.Max()));
                yield return Distance.Says(
                    "", model, Components.AttentionDense, "largest distance of all checkpoints, median over blocks", worst,
                    $"at most {Close:0.##}", worst <= Close);
            }
        }
    }
}
