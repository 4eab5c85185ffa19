using PythiaOrleans.Reporting.Series;

namespace PythiaOrleans.Reporting.Capability;

/// <summary>The scores of one model in one metric of one task along training, with their standard errors.</summary>
/// <param name="Model">The model.</param>
/// <param name="Task">The task.</param>
/// <param name="Metric">The metric.</param>
/// <param name="Steps">Ascending.</param>
/// <param name="Values">One for each step.</param>
/// <param name="Errors">One for each step; NaN where there is none.</param>
public sealed record ScoreCurve(
    string Model, string Task, string Metric, IReadOnlyList<int> Steps, IReadOnlyList<double> Values, IReadOnlyList<double> Errors)
{
    /// <summary>The curves of evaluations, by model, task and metric in the order in which they come.</summary>
    public static IReadOnlyList<ScoreCurve> From(IEnumerable<Evaluation> evaluations) =>
    [
        .. evaluations.GroupBy(score => (score.Model, score.Task, score.Metric)).Select(group =>
        {
            Evaluation[] scores = [.. group.OrderBy(score => score.Step)];
            return new ScoreCurve(
                group.Key.Model, group.Key.Task, group.Key.Metric, [.. scores.Select(score => score.Step)],
                [.. scores.Select(score => score.Value)], [.. scores.Select(score => score.StandardError ?? double.NaN)]);
        }),
    ];

    /// <summary>A curve of scores and one of their errors, at the steps that both have.</summary>
    public static ScoreCurve Join(Curve scores, Curve errors)
    {
        ArgumentNullException.ThrowIfNull(scores);
        ArgumentNullException.ThrowIfNull(errors);
        var of = errors.Steps.Zip(errors.Values).ToDictionary(pair => pair.First, pair => pair.Second);
        int[] kept = [.. Enumerable.Range(0, scores.Steps.Length).Where(i => of.ContainsKey(scores.Steps[i]))];
        return new ScoreCurve(
            scores.Model, scores.Component, scores.Parameter, [.. kept.Select(i => scores.Steps[i])],
            [.. kept.Select(i => scores.Values[i])], [.. kept.Select(i => of[scores.Steps[i]])]);
    }
}
