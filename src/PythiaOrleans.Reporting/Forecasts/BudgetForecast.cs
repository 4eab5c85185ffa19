using PythiaOrleans.Reporting.Budgets;

namespace PythiaOrleans.Reporting.Forecasts;

/// <summary>The end of a curve of norms by AdamW's norm budget, where the schedule is known beforehand.</summary>
/// <remarks>
/// Five ways to fit: from the start with injection, or injection and alignment; from half with either; from 70 % with both. That with the
/// smallest error on the last quarter of what was seen, fitted on the rest, is fitted again to all of it.
/// </remarks>
public static class BudgetForecast
{
    /// <summary>The name that stands for it beside the empirical laws.</summary>
    public const string Law = "norm-budget";

    private static readonly (double From, bool Aligned)[] Ways = [(0, false), (0, true), (0.5, true), (0.5, false), (0.7, true)];

    /// <summary>The norm at the basis's last checkpoint.</summary>
    /// <param name="basis">The budget's terms at all checkpoints, the future ones among them.</param>
    /// <param name="norms">The norms that were seen, at the first checkpoints.</param>
    internal static double Predict(NormBasis basis, double[] norms)
    {
        var inner = norms.Length * 3 / 4;
        var best = Ways.MinBy(way =>
        {
            var start = (int)(way.From * inner);
            var fit = NormBudgetFit.Fit(basis.First(norms.Length), norms, start, inner, way.Aligned);
            return Enumerable.Range(inner, norms.Length - inner).Sum(i => Math.Pow(fit.Norms[i - start] - norms[i], 2));
        });
        return NormBudgetFit.Fit(basis, norms, (int)(best.From * norms.Length), norms.Length, best.Aligned).Norms[^1];
    }
}
