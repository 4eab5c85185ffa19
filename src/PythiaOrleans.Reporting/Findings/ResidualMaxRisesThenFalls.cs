using PythiaOrleans.Reporting.Series;

namespace PythiaOrleans.Reporting.Findings;

/// <summary>Rising fast is cresting in the first half of training.</summary>
internal sealed class ResidualMaxRisesThenFalls : IFinding
{
    private const double Half = 0.5;
    private const double Risen = 1.05;

    private static readonly Measure Largest = new(
        "largest |activation|", new SeriesColumn("residual-stream", "max_abs", Matrices.ResidualStream) { Parameter = "all" })
    {
        Window = new(0, Half),
    };

    /// <inheritdoc />
    public string Id => "residual-max-rises-then-falls";

    /// <inheritdoc />
    public string Claim => "the largest |activation| rises fast, crests, declines slowly";

    /// <inheritdoc />
    public IReadOnlyList<Measure> Measures { get; } = [Largest];

    /// <inheritdoc />
    public IEnumerable<Evidence> Judge(SeriesSet series)
    {
        foreach (var model in series.Models)
        {
            Curve[] blocks = [.. Largest.Curves(series, model).Select(curve => curve.Smoothed())];
            if (blocks.Length == 0)
            {
                continue;
            }

            var peak = blocks.MedianPeak();
            var at = blocks[0].Fraction(peak);
            yield return Largest.Says(
                "crests in the first half", model, Matrices.ResidualStream,
                "fraction of training of the crest, smoothed, median over blocks",
                at, $"over 0, under {Half:0.#}", at is > 0 and < Half) with
            { Step = (int)peak };
            var rise = CurveStatistics.Median(blocks.Select(curve => curve.Values.Max() / curve.First));
            yield return Largest.Says(
                "rises", model, Matrices.ResidualStream, "largest over first, smoothed, median over blocks", rise,
                $"at least {Risen:0.##}", rise >= Risen);
            var decline = blocks.MedianFinalOverPeak();
            yield return Largest.Says(
                "declines", model, Matrices.ResidualStream, "last over largest, smoothed, median over blocks",
                decline, $"at most {CurveStatistics.Declined:0.##}", decline <= CurveStatistics.Declined);
        }
    }
}
