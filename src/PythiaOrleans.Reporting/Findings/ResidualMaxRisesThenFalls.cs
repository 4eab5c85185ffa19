using PythiaOrleans.Reporting.Series;

namespace PythiaOrleans.Reporting.Findings;

/// <summary>Rising fast is cresting in the first half of training.</summary>
internal sealed class ResidualMaxRisesThenFalls : IFinding
{
    /// <inheritdoc />
    public string Id => "residual-max-rises-then-falls";

    /// <inheritdoc />
    public string Claim => "the largest |activation| rises fast, crests, declines slowly";

    /// <inheritdoc />
    public IReadOnlyList<SeriesColumn> Reads { get; } = [new("residual-stream", "max_abs")];

    /// <inheritdoc />
    public IEnumerable<Evidence> Judge(SeriesSet series)
    {
        foreach (var model in series.Models)
        {
            var blocks = series.Curves("residual-stream", "max_abs").Where(curve => curve.Model == model && curve.Block is not null).Select(curve => curve.Smoothed()).ToArray();
            if (blocks.Length == 0)
            {
                continue;
            }

            var peak = blocks.MedianPeak();
            var at = blocks[0].Fraction(peak);
            yield return new(model, "", "fraction of training of the crest, median over blocks", at, "in the first half", at < 0.5) { Step = (int)peak };
            var decline = blocks.MedianFinalOverPeak();
            yield return new(model, "", "last over largest, median over blocks", decline, $"at most {CurveStatistics.Declined:0.##}", decline <= CurveStatistics.Declined);
        }
    }
}
