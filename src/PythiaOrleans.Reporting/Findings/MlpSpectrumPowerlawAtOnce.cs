using PythiaOrleans.Checkpoints.Families;
using PythiaOrleans.Reporting.Series;

namespace PythiaOrleans.Reporting.Findings;

/// <summary>Kolmogorov-Smirnov distance of the eigenvalues from the fitted power law.</summary>
internal sealed class MlpSpectrumPowerlawAtOnce : IFinding
{
    private const double Fits = 0.1;

    /// <inheritdoc />
    public string Id => "mlp-spectrum-powerlaw-at-once";

    /// <inheritdoc />
    public string Claim => "the MLP spectrum reorganises to a power law by the first checkpoint and stays; block 0 differs";

    /// <inheritdoc />
    public IReadOnlyList<SeriesColumn> Reads { get; } = [new("weight-spectrum", "power_law_ks", Components.MlpIn, Components.MlpOut)];

    /// <inheritdoc />
    public IEnumerable<Evidence> Judge(SeriesSet series)
    {
        foreach (var model in series.Models)
        {
            foreach (var component in new[] { Components.MlpIn, Components.MlpOut })
            {
                var blocks = series.Curves("weight-spectrum", "power_law_ks", model, component);
                var later = blocks.Where(curve => curve.Block > 0).ToArray();
                if (later.Length == 0)
                {
                    continue;
                }

                var worst = CurveStatistics.Median(later.Select(curve => curve.Values.Where((_, i) => curve.Steps[i] > 0).Max()));
                yield return new(model, component, "largest distance from the power law after step 0, median over blocks from 1 on", worst, $"at most {Fits:0.##}", worst <= Fits);
                foreach (var first in blocks.Where(curve => curve.Block == 0))
                {
                    yield return new(model, component, "block 0's last distance from the power law", first.Last, $"over the others' {CurveStatistics.Median(later.Select(curve => curve.Last)):0.###}",
                        first.Last > CurveStatistics.Median(later.Select(curve => curve.Last)))
                    { Block = 0 };
                }
            }
        }
    }
}
