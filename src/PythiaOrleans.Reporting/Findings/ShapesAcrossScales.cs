using PythiaOrleans.Reporting.Series;

namespace PythiaOrleans.Reporting.Findings;

/// <summary>The rule whether curves have the same shape in models of all sizes, component by component.</summary>
/// <param name="Value">The curves that are compared: medians over blocks.</param>
/// <param name="Decay">What weight decay alone leaves of a weight, by step: the time of the second comparison.</param>
internal sealed record ShapesAcrossScales(Measure Value, Measure Decay)
{
    private const double Alike = 0.8;

    /// <summary>The mean correlation of the models' changes, judged; and the variance between them in decay time, told.</summary>
    /// <param name="series">The series.</param>
    /// <param name="areAlike">Whether the claim is that the shapes agree, or that they do not.</param>
    public IEnumerable<Evidence> Judge(SeriesSet series, bool areAlike)
    {
        foreach (var group in series.Models.SelectMany(model => Value.ByComponent(series, model)).GroupBy(group => group.Component))
        {
            Curve[] medians = [.. group.Select(model => model.Blocks.MedianCurve()).OfType<Curve>()];
            var changes = CurveAgreement.OfChanges(medians);
            if (double.IsFinite(changes))
            {
                yield return Value.Says(
                    "",
                    "",
                    group.Key,
                    "mean correlation of the models' changes at equal fractions of training",
                    changes,
                    $"{(areAlike ? "over" : "at most")} {Alike:0.##}",
                    changes > Alike == areAlike);
            }

            // In decay time models of other learning rates lie over each other where decay shapes the curve.
            var decays = medians.Select(curve => DecayTime(series, curve)).ToArray();
            var between = decays.Any(decay => decay is null) ? double.NaN : CurveAgreement.VarianceBetween(medians, decays!);
            if (double.IsFinite(between))
            {
                yield return Value.Says(
                    "",
                    "",
                    group.Key,
                    "share of the variance of the logarithms between models, at equal decay times, after one scale factor",
                    between).And(Decay);
            }
        }
    }

    // Minus the logarithm of what weight decay leaves, at the curve's steps; null where the schedule is unknown.
    private double[]? DecayTime(SeriesSet series, Curve curve)
    {
        var decay = Decay.Curves(series, curve.Model).FirstOrDefault(candidate => candidate.Component == curve.Component);
        double[] times = decay is null ? [] : curve.Join(decay, (_, factor) => -Math.Log(factor)).Values;
        return times.Length == curve.Steps.Length ? times : null;
    }
}
