using PythiaOrleans.Checkpoints.Families;
using PythiaOrleans.Reporting.Series;

namespace PythiaOrleans.Reporting.Findings;

/// <summary>The measures of consistent-across-scales, with the opposite claim.</summary>
internal sealed class UnembeddingIdiosyncratic : IFinding
{
    private const double Alike = 0.8;

    private static readonly Measure Norm = new(
        "Frobenius norm", new SeriesColumn("weight-moments", "norm", Components.EmbedOut, Components.FinalLayerNorm)
        { Rows = SeriesRows.Whole });

    private static readonly Measure Decay = new(
        "what weight decay alone leaves of a weight",
        new SeriesColumn("weight-moments", "decay_factor", Components.EmbedOut, Components.FinalLayerNorm) { Rows = SeriesRows.Whole })
    {
        Optional = true,
    };

    /// <inheritdoc />
    public string Id => "unembedding-idiosyncratic";

    /// <inheritdoc />
    public string Claim => "embed_out and final_layer_norm norms do not behave alike across scales";

    /// <inheritdoc />
    public IReadOnlyList<Measure> Measures { get; } = [Norm, Decay];

    /// <inheritdoc />
    public IEnumerable<Evidence> Judge(SeriesSet series)
    {
        foreach (var group in series.Models.SelectMany(model => Norm.ByComponent(series, model)).GroupBy(group => group.Component))
        {
            Curve[] medians = [.. group.Select(model => model.Blocks.MedianCurve()).OfType<Curve>()];
            var changes = CurveAgreement.OfChanges(medians);
            if (double.IsFinite(changes))
            {
                yield return Norm.Says(
                    "", "", group.Key, "mean correlation of the models' changes at equal fractions of training",
                    changes, $"at most {Alike:0.##}", changes <= Alike);
            }

            // In decay time models of other learning rates lie over each other where decay shapes the curve.
            var decays = medians.Select(curve => DecayTime(series, curve)).ToArray();
            var between = decays.Any(decay => decay is null) ? double.NaN : CurveAgreement.VarianceBetween(medians, decays!);
            if (double.IsFinite(between))
            {
                yield return Norm.Says(
                    "", "", group.Key,
                    "share of the variance of the logarithms between models, at equal decay times, after one scale factor",
                    between).And(Decay);
            }
        }
    }

    // Minus the logarithm of what weight decay leaves, at the curve's steps; null where the schedule is unknown.
    private static double[]? DecayTime(SeriesSet series, Curve curve)
    {
        var decay = Decay.Curves(series, curve.Model).FirstOrDefault(candidate => candidate.Component == curve.Component);
        double[] times = decay is null ? [] : curve.Join(decay, (_, factor) => -Math.Log(factor)).Values;
        return times.Length == curve.Steps.Length ? times : null;
    }
}
