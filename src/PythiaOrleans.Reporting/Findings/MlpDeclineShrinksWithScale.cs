using PythiaOrleans.Numerics.Trends;
using PythiaOrleans.Reporting.Series;

namespace PythiaOrleans.Reporting.Findings;

/// <summary>What is left of the peak, by model size and by the schedule's total weight decay.</summary>
internal sealed class MlpDeclineShrinksWithScale : IFinding
{
    private static readonly Measure Norm = new("Frobenius norm", new SeriesColumn("weight-moments", "norm", Matrices.Mlp));

    private static readonly Measure Decay = new(
        "what weight decay alone leaves of a weight", new SeriesColumn("weight-moments", "decay_factor", Matrices.Mlp))
    { Optional = true };

    /// <inheritdoc />
    public string Id => "mlp-decline-shrinks-with-scale";

    /// <inheritdoc />
    public string Claim => "the decline of the MLP norms after the peak gets smaller with model size";

    /// <inheritdoc />
    public IReadOnlyList<Measure> Measures { get; } = [Norm, Decay];

    /// <inheritdoc />
    public IEnumerable<Evidence> Judge(SeriesSet series)
    {
        foreach (var component in Matrices.Mlp)
        {
            var left = series.Models
                .Select(model => (Model: model,
                Blocks: Norm.ByComponent(series, model).FirstOrDefault(group => group.Component == component).Blocks))
                .Where(pair => pair.Blocks is not null).Select(pair => (pair.Model, Left: pair.Blocks.MedianFinalOverPeak())).ToArray();
            foreach (var item in Scale.Judge(Norm, "", component, "last norm over largest, median over blocks", left)
                .Concat(Scale.JudgeDecline(Norm, "", component, left)))
            {
                yield return item;
            }

            // Confounded: small models are trained with larger learning rates, and so decay more in all.
            var decays = left.Select(pair =>
                Decay.Curves(series, pair.Model).FirstOrDefault(curve => curve.Component == component)).OfType<Curve>()
                .Select(curve => curve.Last).ToArray();
            if (decays.Length == left.Length && left.Length >= 3)
            {
                var rank = RankCorrelation.Compute(decays, [.. left.Select(pair => pair.Left)]);
                yield return Norm.Says(
                    "", "", component,
                    $"last norm over largest: rank correlation with what weight decay alone leaves of a weight, {rank.Count} models",
                    rank.Rho).And(Decay);
            }
        }
    }
}
