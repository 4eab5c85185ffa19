using PythiaOrleans.Reporting.Budgets;
using PythiaOrleans.Reporting.Series;

namespace PythiaOrleans.Reporting.Findings;

/// <summary>
/// AdamW's norm budget, fitted to the median norm over blocks: with the weight decay that was configured, without any, and with the one
/// that fits best.
/// </summary>
internal sealed class WeightDecayBendsNorms : IFinding
{
    private const double MuchBetter = 3;
    private const double Near = 2;

    /// <inheritdoc />
    public string Id => "weight-decay-bends-norms";

    /// <inheritdoc />
    public string Claim => "weight decay makes the weight norms rise, peak and fall";

    /// <inheritdoc />
    public IReadOnlyList<Measure> Measures { get; } = [DecayedNorms.Matrix, DecayedNorms.Embedding];

    /// <inheritdoc />
    public IEnumerable<Evidence> Judge(SeriesSet series)
    {
        foreach (var model in series.Models.Where(series.Schedules.ContainsKey))
        {
            foreach (var measure in Measures)
            {
                foreach (var (component, blocks) in measure.ByComponent(series, model))
                {
                    // Where the schedule does not decay a parameter (OLMo's embeddings), decay cannot be what bends its norm.
                    if (blocks.MedianCurve() is { } median
                        && new NormBudget(median, series.Schedules[model], new Dictionary<(int From, int To), double>()) is var budget
                        && budget.WeightDecay > 0 && budget.RecoverDecay() is { } recovered)
                    {
                        foreach (var item in Judge(measure, model, component, budget, recovered))
                        {
                            yield return item;
                        }
                    }
                }
            }
        }
    }

    private static IEnumerable<Evidence> Judge(
        Measure measure, string model, string component, NormBudget budget, RecoveredDecay recovered)
    {
        var (needs, size) = measure == DecayedNorms.Embedding
            ? ("embedding needs decay", "embedding tells its size") : ("matrices need decay", "matrices tell its size");
        var better = recovered.ErrorWithout / budget.FitError!.Value;
        yield return measure.Says(
            needs, model, component,
            "error of the fitted norm without weight decay over that with the configured one", better, $"at least {MuchBetter:0.#}",
            better >= MuchBetter);
        var share = recovered.WeightDecay / budget.WeightDecay;
        yield return measure.Says(
            size, model, component, "weight decay that fits best over the configured one", share,
            $"{1 / Near:0.#} to {Near:0.#}", share is >= 1 / Near and <= Near);
        yield return measure.Says(
            size, model, component, "relative error of the fit with the configured weight decay",
            budget.FitError.Value);
    }
}
