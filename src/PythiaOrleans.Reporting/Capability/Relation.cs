using PythiaOrleans.Numerics.Trends;
using PythiaOrleans.Reporting.Series;

namespace PythiaOrleans.Reporting.Capability;

/// <summary>How a statistic of the weights and a score move together along training.</summary>
/// <remarks>
/// Both grow or fall with training, so that their levels always correlate and say nothing. What is correlated is the change from one
/// checkpoint to the next, at the steps that both have. The interval is of a block bootstrap, for neighbouring changes depend on each
/// other.
/// </remarks>
/// <param name="Model">The model.</param>
/// <param name="Component">The component of the weights.</param>
/// <param name="Parameter">Weight or bias.</param>
/// <param name="Task">The task.</param>
/// <param name="Metric">The metric.</param>
/// <param name="Steps">How many steps both have.</param>
/// <param name="Rho">Spearman's correlation of the first differences.</param>
/// <param name="Low">The lower end of its 95 % interval.</param>
/// <param name="High">The upper end.</param>
/// <param name="Partial">The same with the logarithm of the step held fixed.</param>
/// <param name="HalfStep">The step at which the statistic has first gone half of its range, between checkpoints by a straight line.</param>
/// <param name="ScoreHalfStep">The same of the score.</param>
public sealed record Relation(
    string Model,
    string Component,
    string Parameter,
    string Task,
    string Metric,
    int Steps,
    double Rho,
    double Low,
    double High,
    double Partial,
    double HalfStep,
    double ScoreHalfStep)
{
    private const int MinSteps = 8;
    private const int Draws = 2000;
    private const double Level = 0.95;

    /// <summary>Steps by which the statistic is later than the score; negative where it is earlier.</summary>
    public double Lag => HalfStep - ScoreHalfStep;

    /// <summary>Whether the interval leaves out zero.</summary>
    public bool IsSure => Low > 0 || High < 0;

    /// <summary>Relates the median over blocks of curves of one component with a score; null where they share fewer than 8 steps.</summary>
    public static Relation? Of(IReadOnlyList<Curve> blocks, ScoreCurve score)
    {
        ArgumentNullException.ThrowIfNull(blocks);
        ArgumentNullException.ThrowIfNull(score);
        var values = Curve.MedianByStep(blocks);
        var common = Enumerable.Range(0, score.Steps.Count).Where(i => values.ContainsKey(score.Steps[i])).ToArray();
        if (common.Length < MinSteps)
        {
            return null;
        }

        double[] steps = [.. common.Select(i => (double)score.Steps[i])];
        double[] x = [.. common.Select(i => values[score.Steps[i]])];
        double[] y = [.. common.Select(i => score.Values[i])];
        var (dx, dy) = (Differences(x), Differences(y));
        double[] time = [.. steps.Skip(1).Select(step => Math.Log(step + 1))];
        var (low, high) = BlockBootstrap.Interval(
            dx.Length, places => RankCorrelation.RhoOf(At(dx, places), At(dy, places)), Level, Draws, seed: dx.Length);
        return new Relation(
            score.Model, blocks[0].Component, blocks[0].Parameter, score.Task, score.Metric, common.Length,
            RankCorrelation.RhoOf(dx, dy), low, high, PartialCorrelation.Rank(dx, dy, time), HalfTime(steps, x), HalfTime(steps, y));
    }

    private static double[] Differences(double[] values) =>
        [.. Enumerable.Range(1, values.Length - 1).Select(i => values[i] - values[i - 1])];

    private static double[] At(double[] values, int[] places) => [.. places.Select(place => values[place])];

    // Where the curve first crosses the middle of its range.
    private static double HalfTime(double[] steps, double[] values)
    {
        var middle = (values.Min() + values.Max()) / 2;
        for (var i = 1; i < values.Length; i++)
        {
            if ((values[i] >= middle) != (values[0] >= middle))
            {
                var part = (middle - values[i - 1]) / (values[i] - values[i - 1]);
                return steps[i - 1] + (part * (steps[i] - steps[i - 1]));
            }
        }

        return double.NaN;
    }
}
