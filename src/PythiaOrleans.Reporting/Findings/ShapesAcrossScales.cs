using PythiaOrleans.Reporting.Series;

namespace PythiaOrleans.Reporting.Findings;

/// <summary>The rule whether curves have the same shape in models of all sizes, component by component.</summary>
/// <param name="Value">The curves that are compared: medians over blocks.</param>
/// <param name="ByDecay">The same with the clock of the second comparison.</param>
internal sealed record ShapesAcrossScales(Measure Value, Measure ByDecay)
{
    private const double Alike = 0.8;

    /// <summary>Of a column, in blocks or of the row without one.</summary>
    /// <param name="name">What it is.</param>
    /// <param name="values">The column.</param>
    public static ShapesAcrossScales Create(string name, SeriesColumn values)
    {
        var value = new Measure(name, values) { ByFraction = true };
        return new ShapesAcrossScales(value, value with
        {
            Name = $"{name}, by decay time",
            ByFraction = false,
            Clock = values with { Column = "decay_factor" },
            Optional = true,
        });
    }

    /// <summary>What is judged, for the picture.</summary>
    public IReadOnlyList<Measure> Measures => [Value, ByDecay];

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
                yield return ByDecay.Says(
                    "",
                    "",
                    group.Key,
                    "share of the variance of the logarithms between models, at equal decay times, after one scale factor",
                    between);
            }
        }
    }

    // Minus the logarithm of what weight decay leaves, at the curve's steps; null where the schedule is unknown.
    private double[]? DecayTime(SeriesSet series, Curve curve)
    {
        var decay = ByDecay.Clock!.Select(series, curve.Model).FirstOrDefault(candidate => candidate.Component == curve.Component);
        double[] times = decay is null ? [] : curve.Join(decay, (_, factor) => -Math.Log(factor)).Values;
        return times.Length == curve.Steps.Length ? times : null;
    }
}
