using PythiaOrleans.Numerics.Regression;
using PythiaOrleans.Reporting.Findings;

namespace PythiaOrleans.Reporting.Forecasts;

/// <summary>Where a curve changes regime: the cheapest division into straight lines, found exactly.</summary>
/// <remarks>
/// Optimal partitioning (Jackson et al. 2005), least squares within a segment. Each further segment costs <c>penalty · ln n · σ²</c>; σ
/// comes from the median
/// absolute second difference, which a change of regime hardly moves. Curves without noise are bent everywhere: σ is at least 1 % of the
/// curve's range. Straight lines divide smooth curves too, so each place must stand <see cref="BreakTest"/> between its neighbours; the
/// weakest that does not is given up, until all do.
/// </remarks>
public static class ChangePoints
{
    // Level, slope and place of a segment are three numbers, each worth ln n (BIC); a third more, since the noise is estimated.
    private const double Penalty = 4;
    private const double MinNoise = 0.01;
    private const int MinSegment = 5;
    private const double Within95 = 3.84; // of chi squared with one degree of freedom

    /// <summary>The changes of regime, in order.</summary>
    /// <exception cref="ArgumentException">Steps and values differ in number.</exception>
    public static IReadOnlyList<ChangePoint> Find(IReadOnlyList<int> steps, IReadOnlyList<double> values)
    {
        ArgumentNullException.ThrowIfNull(steps);
        ArgumentNullException.ThrowIfNull(values);
        if (steps.Count != values.Count)
        {
            throw new ArgumentException($"Expected as many values as steps, found {values.Count} and {steps.Count}.", nameof(values));
        }

        var n = steps.Count;
        if (n < 2 * MinSegment || values.Max() == values.Min())
        {
            return [];
        }

        var noise = Noise(values);
        var breaks = Standing(steps, values, Partition(steps, values, Penalty * Math.Log(n) * noise * noise));
        int[] edges = [0, .. breaks, n];
        return [.. breaks.Select((at, i) => Interval(steps, values, edges[i], at, edges[i + 2], Within95 * noise * noise))];
    }

    private static double Noise(IReadOnlyList<double> values)
    {
        // The second difference of independent noise has six times its variance; 1.4826 makes a median absolute value a deviation.
        var second = CurveStatistics.Median(
            Enumerable.Range(1, values.Count - 2).Select(i => Math.Abs(values[i + 1] - (2 * values[i]) + values[i - 1])));
        return Math.Max(1.4826 * second / Math.Sqrt(6), MinNoise * (values.Max() - values.Min()));
    }

    private static List<int> Partition(IReadOnlyList<int> steps, IReadOnlyList<double> values, double penalty)
    {
        var n = steps.Count;
        var (cost, previous) = (new double[n + 1], new int[n + 1]);
        cost[0] = -penalty;
        for (var end = 1; end <= n; end++)
        {
            cost[end] = double.PositiveInfinity;
            for (var start = 0; start <= end - MinSegment; start++)
            {
                var total = cost[start] + PiecewiseLinearFit.Error(steps, values, start, end) + penalty;
                if (total < cost[end])
                {
                    (cost[end], previous[end]) = (total, start);
                }
            }
        }

        var breaks = new List<int>();
        for (var at = previous[n]; at > 0; at = previous[at])
        {
            breaks.Insert(0, at);
        }

        return breaks;
    }

    // Backward elimination: a place that is given up leaves its neighbours a longer stretch of curve to be tested on.
    private static List<int> Standing(IReadOnlyList<int> steps, IReadOnlyList<double> values, List<int> breaks)
    {
        while (breaks.Count > 0)
        {
            int[] edges = [0, .. breaks, steps.Count];
            var tests = breaks.Select((at, i) => Best(steps, values, edges[i], at, edges[i + 2])).ToArray();
            var weakest = Enumerable.Range(0, tests.Length).MinBy(i => tests[i].Evidence);
            if (tests[weakest].IsBreak)
            {
                // Neighbours may have moved towards each other: then the lines' places are kept.
                int[] moved = [0, .. tests.Select(test => test.Index), steps.Count];
                return moved.Zip(moved.Skip(1), (place, next) => next - place).All(gap => gap >= MinSegment) ? [.. moved[1..^1]] : breaks;
            }

            breaks.RemoveAt(weakest);
        }

        return breaks;
    }

    // Lines put a place where they meet the curve best, which is not quite where it breaks.
    private static BreakTest Best(IReadOnlyList<int> steps, IReadOnlyList<double> values, int from, int at, int to)
    {
        int[] window = [.. steps.Skip(from).Take(to - from)];
        double[] there = [.. values.Skip(from).Take(to - from)];
        var best = Enumerable.Range(at - from - MinSegment, (2 * MinSegment) + 1)
            .Where(place => place >= MinSegment && place <= window.Length - MinSegment)
            .Select(place => BreakTest.At(window, there, place))
            .MaxBy(test => test.Evidence)!;
        return best with { Index = from + best.Index };
    }

    private static ChangePoint Interval(IReadOnlyList<int> steps, IReadOnlyList<double> values, int from, int at, int to, double tolerance)
    {
        double Cost(int place) => PiecewiseLinearFit.Error(steps, values, from, place) + PiecewiseLinearFit.Error(steps, values, place, to);
        var limit = Cost(at) + tolerance;
        var possible = Enumerable.Range(from + MinSegment, to - from - (2 * MinSegment) + 1).Where(place => Cost(place) <= limit).ToArray();
        return new ChangePoint(steps[at], steps[possible[0]], steps[possible[^1]]);
    }
}
