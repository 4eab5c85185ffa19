using PythiaOrleans.Numerics.Distributions;

namespace PythiaOrleans.Reporting.Budgets;

/// <summary>The norm budget of one parameter over the whole of what was measured.</summary>
/// <param name="Model">The model.</param>
/// <param name="Component">The component.</param>
/// <param name="Parameter"><c>weight</c> or <c>bias</c>.</param>
/// <param name="Block">The block; null outside blocks.</param>
/// <param name="WeightDecay">The weight decay that was configured for this parameter.</param>
/// <param name="Recovered">The weight decay that the curve speaks for; null for fewer than 20 checkpoints.</param>
/// <param name="FitError">The relative error of the fit with the configured weight decay; null for fewer than 10 checkpoints.</param>
/// <param name="DecayTime">Weight decay times the sum of all learning rates.</param>
/// <param name="Decay">What weight decay took of the squared norm in all, over the last squared norm; negative.</param>
/// <param name="NetGrowth">What the updates added in all, over the last squared norm.</param>
/// <param name="RandomWalkShare">The median share of the growth that updates without direction explain; null without distances.</param>
/// <param name="PeakStep">The step of the largest norm.</param>
/// <param name="FinalOverPeak">The last norm over the largest.</param>
public sealed record NormBudgetSummary(
    string Model,
    string Component,
    string Parameter,
    int? Block,
    double WeightDecay,
    RecoveredDecay? Recovered,
    double? FitError,
    double DecayTime,
    double Decay,
    double NetGrowth,
    double? RandomWalkShare,
    int PeakStep,
    double FinalOverPeak)
{
    /// <summary>Sums a budget up.</summary>
    internal static NormBudgetSummary Of(NormBudget budget)
    {
        var norms = budget.Norms;
        NormBudgetRow[] rows = [.. budget.Rows().Select(row => row.Row)];
        var last = norms.Last * norms.Last;
        double[] shares = [.. rows.Select(row => row.RandomWalkShare).OfType<double>()];
        return new NormBudgetSummary(
            norms.Model, norms.Component, norms.Parameter, norms.Block, budget.WeightDecay, budget.RecoverDecay(), budget.FitError,
            rows[^1].DecayTime, rows.Sum(row => row.Decay ?? 0) / last, rows.Sum(row => row.NetGrowth ?? 0) / last,
            shares.Length > 0 ? Quantiles.Median(shares) : null, norms.PeakStep, norms.FinalOverPeak);
    }
}
