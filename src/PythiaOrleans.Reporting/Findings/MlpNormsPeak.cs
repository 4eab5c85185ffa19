using PythiaOrleans.Reporting.Series;

namespace PythiaOrleans.Reporting.Findings;

/// <summary>The peaks are those of the curves as they are, median over blocks; every block is in the evidence.</summary>
internal sealed class MlpNormsPeak : IFinding
{
    private static readonly Measure Norm = new("Frobenius norm", new SeriesColumn("weight-moments", "norm", Matrices.Mlp))
    {
        View = PictureView.EachBlock,
        Window = new(CurveStatistics.WindowStart, CurveStatistics.WindowEnd),
    };

    /// <inheritdoc />
    public string Id => "mlp-norms-peak";

    /// <inheritdoc />
    public string Claim => "MLP norms (in and out) rise fast, peak between checkpoints 20 and 40 of 143, then decline";

    /// <inheritdoc />
    public IReadOnlyList<Measure> Measures { get; } = [Norm];

    /// <inheritdoc />
    public IEnumerable<Evidence> Judge(SeriesSet series)
    {
        foreach (var model in series.Models)
        {
            foreach (var (component, blocks) in Norm.ByComponent(series, model))
            {
                var peak = blocks.MedianPeak();
                var fraction = blocks[0].Fraction(peak);
                yield return Norm.Says(
                    "place of the peak", model, component, "fraction of training of the largest norm, median over blocks",
                    fraction, CurveStatistics.WindowText, CurveStatistics.InWindow(fraction)) with
                { Step = (int)peak };
                var decline = blocks.MedianFinalOverPeak();
                yield return Norm.Says(
                    "declines", model, component, "last norm over largest, median over blocks",
                    decline, $"at most {CurveStatistics.Declined:0.##}", decline <= CurveStatistics.Declined);
                foreach (var block in blocks)
                {
                    yield return Norm.Says("place of the peak", model, component, "step of the largest norm", block.PeakStep) with
                    {
                        Block = block.Block,
                        Step = block.PeakStep,
                    };
                }
            }
        }
    }
}
