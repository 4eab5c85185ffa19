using PythiaOrleans.Checkpoints.Families;
using PythiaOrleans.Reporting.Series;

namespace PythiaOrleans.Reporting.Findings;

/// <summary>Rapid is a peak in the first half of training; the decay must be visible at the end.</summary>
internal sealed class EmbeddingNormRisesThenDecays : IFinding
{
    /// <inheritdoc />
    public string Id => "embedding-norm-rises-then-decays";

    /// <inheritdoc />
    public string Claim => "the embed_in norm rises rapidly, then decays slowly";

    /// <inheritdoc />
    public IReadOnlyList<SeriesColumn> Reads { get; } = [new("weight-moments", "norm", Components.EmbedIn)];

    /// <inheritdoc />
    public IEnumerable<Evidence> Judge(SeriesSet series)
    {
        foreach (var model in series.Models)
        {
            foreach (var curve in series.Curves("weight-moments", "norm", model, Components.EmbedIn))
            {
                var fraction = curve.Fraction(curve.PeakStep);
                yield return new(model, Components.EmbedIn, "step of the largest norm", curve.PeakStep,
                    $"in the first half of training, not at its start (here {fraction:0.###})", fraction < 0.5 && curve.PeakIndex > 0)
                { Step = curve.PeakStep };
                yield return new(model, Components.EmbedIn, "last norm over largest", curve.FinalOverPeak, $"at most {CurveStatistics.Declined:0.##}", curve.FinalOverPeak <= CurveStatistics.Declined);
            }
        }
    }
}
