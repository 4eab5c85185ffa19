namespace PythiaOrleans.Results.Tests;

public sealed class ForecastTests
{
    private static readonly int[] Steps = [.. Enumerable.Range(1, 142).Select(i => 1000 * i)];

    [Fact]
    public void Forecast_OfAnExponentialApproach_FindsItsEnd()
    {
        var forecast = Forecasting.Of(Curve(t => 10 - (6 * Math.Exp(-4 * t))), 0.4)!;
        Assert.InRange(forecast.Error, 0, 0.01);
        Assert.True(forecast.Beats);
        Assert.Equal(56_000, forecast.FittedTo);
        Assert.Equal(Math.Abs((10 - (6 * Math.Exp(-4 * 56 / 142.0))) - forecast.Actual) / forecast.Actual, forecast.LastValueError, 1e-12);
    }

    [Fact]
    public void Forecast_OfAStraightLine_DoesNotBeatTheStraightLine()
    {
        var forecast = Forecasting.Of(Curve(t => 1 + t), 0.4)!;
        Assert.InRange(forecast.StraightLineError, 0, 1e-9);
        Assert.False(forecast.Beats);
    }

    [Fact]
    public void Forecast_DoesNotLookAtWhatComesLater()
    {
        var one = Forecasting.Of(Curve(t => Math.Sqrt(t)), 0.4)!;
        var other = Forecasting.Of(Curve(t => t > 0.4 ? 7 : Math.Sqrt(t)), 0.4)!;
        Assert.Equal(one.Predicted, other.Predicted);
    }

    [Fact]
    public void Forecast_OfAFewCheckpoints_IsNone() => Assert.Null(Forecasting.Of(Curve(t => t), 0.05));

    private static Curve Curve(Func<double, double> value) => new("a", "b", "weight", null, Steps, [.. Steps.Select(step => value(step / 142_000.0))]);
}
