using PythiaOrleans.Checkpoints.Families;
using PythiaOrleans.Reporting.Series;

namespace PythiaOrleans.Reporting.Findings;

/// <summary>Rapid is a peak in the first half of training; the decay must be visible at the end.</summary>
internal sealed class EmbeddingNormRisesThenDecays : IFinding
{
    private const double Half = 0.5;

    private static readonly Measure Norm = new(
        "Frobenius norm", new SeriesColumn("weight-moments", "norm", Components.EmbedIn) { Rows = SeriesRows.Whole })
    {
        Window = new(0, Half),
    };

    /// <inheritdoc />
    public string Id => "embedding-norm-rises-then-decays";

    /// <inheritdoc />
    public string Claim => "the embed_in norm rises rapidly, then decays slowly";

    /// <inheritdoc />
    public IReadOnlyList<Measure> Measures { get; } = [Norm];

    /// <inheritdoc />
    public IEnumerable<Evidence> Judge(SeriesSet series)
    {
        foreach (var model in series.Models)
        {
            foreach (var curve in Norm.Curves(series, model))
            {
                var fraction = curve.Fraction(curve.PeakStep);
                yield return Norm.Says(
                    "rises rapidly", model, Components.EmbedIn, "fraction of training of the largest norm",
                    fraction, $"under {Half:0.#}, not at the start", fraction < Half && curve.PeakIndex > 0) with
                { Step = curve.PeakStep };
                yield return Norm.Says(
                    "decays", model, Components.EmbedIn, "last norm over largest",
                    curve.FinalOverPeak, $"at most {CurveStatistics.Declined:0.##}", curve.FinalOverPeak <= CurveStatistics.Declined);
            }
        }
    }
}
