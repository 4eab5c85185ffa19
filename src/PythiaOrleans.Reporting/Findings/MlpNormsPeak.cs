using PythiaOrleans.Checkpoints.Families;
using PythiaOrleans.Reporting.Series;

namespace PythiaOrleans.Reporting.Findings;

/// <summary>The peaks are those of the curves as they are, median over blocks; every block is in the evidence.</summary>
internal sealed class MlpNormsPeak : IFinding
{
    /// <inheritdoc />
    public string Id => "mlp-norms-peak";

    /// <inheritdoc />
    public string Claim => "MLP norms (in and out) rise fast, peak between checkpoints 20 and 40 of 143, then decline";

    /// <inheritdoc />
    public IReadOnlyList<SeriesColumn> Reads { get; } = [new("weight-moments", "norm", Components.MlpIn, Components.MlpOut)];

    /// <inheritdoc />
    public IEnumerable<Evidence> Judge(SeriesSet series)
    {
        foreach (var model in series.Models)
        {
            foreach (var component in new[] { Components.MlpIn, Components.MlpOut })
            {
                var blocks = series.Curves("weight-moments", "norm", model, component);
                if (blocks.Count == 0)
                {
                    continue;
                }

                var peak = blocks.MedianPeak();
                var fraction = blocks[0].Fraction(peak);
                yield return new(model, component, "step of the largest norm, median over blocks", peak,
                    $"{CurveStatistics.WindowStart:0.##} to {CurveStatistics.WindowEnd:0.##} of training (here {fraction:0.###})", CurveStatistics.InWindow(fraction))
                { Step = (int)peak };
                var decline = blocks.MedianFinalOverPeak();
                yield return new(model, component, "last norm over largest, median over blocks", decline, $"at most {CurveStatistics.Declined:0.##}", decline <= CurveStatistics.Declined);
                foreach (var block in blocks)
                {
                    yield return new(model, component, "step of the largest norm", block.PeakStep) { Block = block.Block, Step = block.PeakStep };
                }
            }
        }
    }
}
