namespace PythiaOrleans.Reporting.Forecasts;

/// <summary>90 % intervals of forecasts, from how wrong such forecasts are elsewhere.</summary>
/// <remarks>
/// Split conformal (Vovk et al. 2005; Lei et al. 2018): of n errors the (n + 1) 0.9-th smallest is the half-width. The errors are those of
/// the other models' forecasts at their known ends, each over how far it went from the last value that was seen plus 2 % of that value: a
/// forecast of a large change is allowed a large error. A model's own ends are never used for it. Where there are no other models, they are
/// the relative errors that the same forecast would have made within the fitted part, of all curves of the component. Coverage is promised
/// only as far as one model is like the others, or the past like the future; how often the intervals held is reported beside them.
/// </remarks>
public static class ForecastIntervals
{
    /// <summary>The errors come from other models.</summary>
    public const string OtherModels = "other-models";

    /// <summary>The errors come from the fitted part.</summary>
    public const string OwnPast = "own-past";

    private const double Coverage = 0.9;
    private const double SmallestChange = 0.02;

    /// <summary>Adds an interval to each forecast that can have one.</summary>
    /// <param name="forecasts">The forecasts, each with the errors that it would have made within its fitted part.</param>
    internal static IReadOnlyList<Forecast> Add(IReadOnlyList<(Forecast Forecast, double[] PastErrors)> forecasts)
    {
        var byModel = forecasts.GroupBy(item => item.Forecast.Model).ToDictionary(
            model => model.Key,
            model => Quantile(forecasts.Where(item => item.Forecast.Model != model.Key).Select(item => Score(item.Forecast))));
        var past = forecasts.GroupBy(item => (item.Forecast.Component, item.Forecast.Parameter)).ToDictionary(
            group => group.Key, group => Quantile(group.SelectMany(item => item.PastErrors)));
        return
        [
            .. forecasts.Select(item => item.Forecast).Select(forecast =>
                byModel[forecast.Model] is { } share ? With(forecast, OtherModels, share * Allowance(forecast))
                : past[(forecast.Component, forecast.Parameter)] is { } error
                    ? With(forecast, OwnPast, error * Math.Abs(forecast.Predicted))
                : forecast),
        ];
    }

    private static Forecast With(Forecast forecast, string from, double half) =>
        forecast with { IntervalFrom = from, Low = forecast.Predicted - half, High = forecast.Predicted + half };

    private static double Score(Forecast forecast) => Math.Abs(forecast.Actual - forecast.Predicted) / Allowance(forecast);

    private static double Allowance(Forecast forecast) =>
        Math.Max(Math.Abs(forecast.Predicted - forecast.LastSeen) + (SmallestChange * Math.Abs(forecast.LastSeen)), double.Epsilon);

    // Null where so few errors cannot give a finite interval of the coverage.
    private static double? Quantile(IEnumerable<double> errors)
    {
        double[] sorted = [.. errors.Order()];
        var rank = (int)Math.Ceiling(Coverage * (sorted.Length + 1));
        return rank > sorted.Length ? null : sorted[rank - 1];
    }
}
