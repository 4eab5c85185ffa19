using PythiaOrleans.Reporting.Forecasts;
using PythiaOrleans.Reporting.Series;

namespace PythiaOrleans.Reporting.Tests;

public sealed class ForecastTests
{
    private static readonly int[] Steps = [.. Enumerable.Range(1, 142).Select(i => 1000 * i)];

    [Fact]
    public void Forecast_OfAnExponentialApproach_FindsItsEnd()
    {
        var forecast = Forecasting.Predict(Curve(t => 10 - (6 * Math.Exp(-4 * t))), 0.4)!;
        Assert.InRange(forecast.Error, 0, 0.01);
        Assert.True(forecast.BeatsBaselines);
        Assert.Equal(56_000, forecast.FittedTo);
        Assert.Equal(Math.Abs((10 - (6 * Math.Exp(-4 * 56 / 142.0))) - forecast.Actual) / forecast.Actual, forecast.LastValueError, 1e-12);
    }

    [Fact]
    public void Forecast_OfAStraightLine_DoesNotBeatTheStraightLine()
    {
        var forecast = Forecasting.Predict(Curve(t => 1 + t), 0.4)!;
        Assert.InRange(forecast.StraightLineError, 0, 1e-9);
        Assert.False(forecast.BeatsBaselines);
    }

    [Fact]
    public void Forecast_DoesNotLookAtWhatComesLater()
    {
        var one = Forecasting.Predict(Curve(t => Math.Sqrt(t)), 0.4)!;
        var other = Forecasting.Predict(Curve(t => t > 0.4 ? 7 : Math.Sqrt(t)), 0.4)!;
        Assert.Equal(one.Predicted, other.Predicted);
    }

    [Fact]
    public void Forecast_OfAFewCheckpoints_IsNone() => Assert.Null(Forecasting.Predict(Curve(t => t), 0.05));

    /// <summary>Curves that go on as they went: at least nine of ten ends lie in their intervals, and the intervals say
    /// something.</summary>
    [Fact]
    public void Intervals_OfCurvesThatGoOnAsTheyWent_HoldTheirEnds()
    {
        var random = new Random(3);
        var curves = Enumerable.Range(0, 200).Select(block =>
        {
            var (level, rate) = (5 + random.NextDouble(), 2 + (6 * random.NextDouble()));
            return Curve(t => level - (3 * Math.Exp(-rate * t)) + (0.02 * (random.NextDouble() - 0.5))) with { Block = block };
        }).ToArray();

        var forecasts = Forecasting.Predict(curves, 0.4);

        Assert.Equal(200, forecasts.Count);
        Assert.InRange(forecasts.Count(forecast => forecast.IntervalCovered == true), 180, 200);
        Assert.All(forecasts, forecast => Assert.InRange(forecast.High!.Value - forecast.Low!.Value, 0, 3));
    }

    /// <summary>A regime that nothing in the past announces is not held, and that is seen.</summary>
    [Fact]
    public void Intervals_OfCurvesThatBreakLater_DoNotHold()
    {
        var curves = Enumerable.Range(0, 20)
            .Select(block => Curve(t => t > 0.5 ? 50 + block : 10 - (3 * Math.Exp(-(2 + block) * t))) with { Block = block })
            .ToArray();
        Assert.All(Forecasting.Predict(curves, 0.4), forecast => Assert.False(forecast.IntervalCovered));
    }

    [Fact]
    public void Interval_FromTooFewPastForecasts_IsNone() =>
        Assert.Null(Assert.Single(Forecasting.Predict([Curve(t => 1 + Math.Sqrt(t))], 0.4)).Low);

    private static Curve Curve(Func<double, double> value) =>
        new("a", "b", "weight", null, Steps, [.. Steps.Select(step => value(step / 142_000.0))]);
}
