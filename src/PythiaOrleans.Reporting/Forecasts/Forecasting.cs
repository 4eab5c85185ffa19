using PythiaOrleans.Checkpoints.Catalog;
using PythiaOrleans.Reporting.Budgets;
using PythiaOrleans.Reporting.Series;

namespace PythiaOrleans.Reporting.Forecasts;

/// <summary>Fits the first part of a curve and predicts its end.</summary>
/// <remarks>
/// Norms whose schedule is known are predicted by AdamW's norm budget, which knows how the learning rate goes on. All other curves by one
/// of three empirical laws: power-law approach a + b (t + 0.001)^-c, exponential approach a + b exp(-c t), and weight decay, where the
/// square of the norm approaches exponentially (growth and decay in balance); t is the step over the last fitted step, c is taken from a
/// grid, a and b by least squares. What is chosen is chosen by its error on the last quarter of the fitted part, fitted on the rest: what
/// comes later is never looked at.
/// </remarks>
public static class Forecasting
{
    private const int MinPoints = 12;
    private static readonly double[] Origins = [0.7, 0.8, 0.9, 1];
    private static readonly string[] Laws = ["power-law", "exponential", "weight-decay"];
    private static readonly double[] Rates = [.. Enumerable.Range(0, 200).Select(i => 0.1 * Math.Pow(10, i / 65.0))];

    /// <summary>Predicts the last value of each curve from its first part, with intervals. Curves whose part has fewer than 12
    /// checkpoints are left out.</summary>
    /// <param name="curves">The curves.</param>
    /// <param name="part">The part of training that may be seen.</param>
    /// <param name="schedules">How the models were trained, where the curves are norms; null for other quantities.</param>
    public static IReadOnlyList<Forecast> Predict(
        IReadOnlyList<Curve> curves, double part, IReadOnlyDictionary<string, TrainingSchedule>? schedules = null)
    {
        ArgumentNullException.ThrowIfNull(curves);
        var found = new (Forecast? Forecast, double[] PastErrors)[curves.Count];
        Parallel.For(0, curves.Count, i =>
        {
            var schedule = schedules?.GetValueOrDefault(curves[i].Model);
            var forecast = Predict(curves[i], part, schedule);
            found[i] = (forecast, forecast is null ? [] : PastErrors(curves[i], forecast.FittedTo, part, schedule));
        });
        return ForecastIntervals.Add([.. found.Where(one => one.Forecast is not null).Select(one => (one.Forecast!, one.PastErrors))]);
    }

    /// <summary>Predicts the curve's last value from its first part; null where that has fewer than 12 checkpoints or nothing is left to
    /// predict.</summary>
    /// <param name="curve">The curve.</param>
    /// <param name="part">The part of training that may be seen.</param>
    /// <param name="schedule">How the model was trained, where the curve is one of norms; null otherwise, or where it is unknown.</param>
    public static Forecast? Predict(Curve curve, double part, TrainingSchedule? schedule = null)
    {
        ArgumentNullException.ThrowIfNull(curve);
        var seen = curve.Steps.Count(step => step <= part * curve.Steps[^1]);
        if (seen < MinPoints || seen == curve.Steps.Length)
        {
            return null;
        }

        double[] x = [.. curve.Steps.Select(step => step / (double)curve.Steps[seen - 1])];
        var y = curve.Values[..seen];
        var (law, predicted) = schedule is not null && Array.TrueForAll(y, norm => norm >= 0) && y.Max() > 0
            ? (BudgetForecast.Law, BudgetForecast.Predict(BasisOf(schedule, curve), y))
            : Predict(x, y);
        var tail = Math.Max(2, seen / 10);
        var line = Line(x[(seen - tail)..seen], y[^tail..]);
        double Error(double value) => Math.Abs(value - curve.Last) / Math.Abs(curve.Last);
        return new Forecast(
            curve.Model, curve.Component, curve.Parameter, curve.Block, law, curve.Steps[seen - 1], curve.Steps[^1], curve.Last, predicted,
            Error(predicted), Error(y[^1]), Error(line.Level + (line.Slope * x[^1])))
        {
            LastSeen = y[^1],
        };
    }

    private static NormBasis BasisOf(TrainingSchedule schedule, Curve curve) =>
        new RateSums(schedule, curve.Steps).Basis(schedule.WeightDecayOf(curve.Component, curve.Parameter));

    // How wrong the same forecast would have been, relative to itself, for values that have been seen.
    private static double[] PastErrors(Curve curve, int fittedTo, double part, TrainingSchedule? schedule)
    {
        var seen = curve.Steps.Count(step => step <= fittedTo);
        var errors = new List<double>();
        foreach (var end in Origins.Select(origin => (int)(origin * seen)).Where(end => end > 0).Distinct())
        {
            var beginning = curve with { Steps = curve.Steps[..end], Values = curve.Values[..end] };
            if (Predict(beginning, part, schedule) is { Predicted: not 0 } past)
            {
                errors.Add(Math.Abs(past.Actual - past.Predicted) / Math.Abs(past.Predicted));
            }
        }

        return [.. errors];
    }

    // At the last x; y are the values at the first ones.
    private static (string Law, double Value) Predict(double[] x, double[] y)
    {
        var trained = y.Length * 3 / 4;
        var law = Laws.MinBy(candidate =>
        {
            var fit = Fit(candidate, x[..trained], y[..trained]);
            return Enumerable.Range(trained, y.Length - trained).Sum(i => Math.Pow(fit(x[i]) - y[i], 2));
        })!;
        return (law, Fit(law, x[..y.Length], y)(x[^1]));
    }

    private static Func<double, double> Fit(string law, double[] x, double[] y)
    {
        var squared = law == "weight-decay";
        double[] target = squared ? [.. y.Select(value => value * value)] : y;
        Func<double, double, double> shape = law == "power-law" ? (t, rate) => Math.Pow(t + 1e-3, -rate) : (t, rate) => Math.Exp(-rate * t);
        var best = (Cost: double.PositiveInfinity, Level: 0.0, Slope: 0.0, Rate: 1.0);
        foreach (var rate in Rates)
        {
            double[] z = [.. x.Select(t => shape(t, rate))];
            var (level, slope) = Line(z, target);
            var cost = z.Zip(target, (a, b) => Math.Pow(level + (slope * a) - b, 2)).Sum();
            best = cost < best.Cost ? (cost, level, slope, rate) : best;
        }

        return t =>
        {
            var value = best.Level + (best.Slope * shape(t, best.Rate));
            return squared ? Math.Sqrt(Math.Max(0, value)) : value;
        };
    }

    private static (double Level, double Slope) Line(double[] x, double[] y)
    {
        var (meanX, meanY) = (x.Average(), y.Average());
        var spread = x.Sum(value => (value - meanX) * (value - meanX));
        var slope = spread == 0 ? 0 : x.Zip(y, (a, b) => (a - meanX) * (b - meanY)).Sum() / spread;
        return (meanY - (slope * meanX), slope);
    }
}
