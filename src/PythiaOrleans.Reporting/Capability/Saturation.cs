namespace PythiaOrleans.Reporting.Capability;

/// <summary>Whether a score falls late in training: its last value against its best.</summary>
/// <remarks>
/// z = (v(m) − v(end)) / √(se(m)² + se(end)²), m the step of the best value, the latest of equals. Where z exceeds 3 the model
/// degrades from step m on (Godey et al. 2024, arXiv:2404.07647, call it saturation). The largest of some thirty noisy values lies about
/// 2 errors above their level: hence 3, not 2.
/// </remarks>
/// <param name="Model">The model.</param>
/// <param name="Task">The task.</param>
/// <param name="Metric">The metric.</param>
/// <param name="BestStep">m.</param>
/// <param name="Best">v(m).</param>
/// <param name="LastStep">The last step.</param>
/// <param name="Last">v(end).</param>
/// <param name="Z">z; NaN where there are no standard errors.</param>
public sealed record Saturation(
    string Model, string Task, string Metric, int BestStep, double Best, int LastStep, double Last, double Z)
{
    /// <summary>A z above this is a decline.</summary>
    public const double MinZ = 3;

    /// <summary>Whether the model degrades from <see cref="BestStep"/> on.</summary>
    public bool Degrades => Z > MinZ;

    /// <summary>Looks at a curve; of perplexities and bits the smallest value is the best.</summary>
    public static Saturation Of(ScoreCurve curve)
    {
        ArgumentNullException.ThrowIfNull(curve);
        var (best, last, sign) = (0, curve.Values.Count - 1, IsBetterSmaller(curve.Metric) ? -1 : 1);
        for (var i = 1; i <= last; i++)
        {
            best = sign * curve.Values[i] >= sign * curve.Values[best] ? i : best;
        }

        var error = Math.Sqrt((curve.Errors[best] * curve.Errors[best]) + (curve.Errors[last] * curve.Errors[last]));
        return new Saturation(
            curve.Model, curve.Task, curve.Metric, curve.Steps[best], curve.Values[best], curve.Steps[last], curve.Values[last],
            error > 0 ? sign * (curve.Values[best] - curve.Values[last]) / error : double.NaN);
    }

    private static bool IsBetterSmaller(string metric) => metric.Contains("ppl", StringComparison.Ordinal)
        || metric.Contains("perplexity", StringComparison.Ordinal) || metric.Contains("bits_per_byte", StringComparison.Ordinal);
}
