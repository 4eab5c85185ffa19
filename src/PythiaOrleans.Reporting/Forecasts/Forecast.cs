using System.Text.Json.Serialization;

namespace PythiaOrleans.Reporting.Forecasts;

/// <summary>One curve's rest, predicted from its beginning, beside what came and what two simple rules say. Errors are relative, at the
/// last checkpoint.</summary>
/// <param name="Model">The model.</param>
/// <param name="Component">The component.</param>
/// <param name="Parameter"><c>weight</c> or <c>bias</c>.</param>
/// <param name="Block">The block; null outside blocks.</param>
/// <param name="Law">What predicted: norm-budget, or the law that won on the end of the fitted part: power-law, exponential or
/// weight-decay.</param>
/// <param name="FittedTo">The last step that was fitted.</param>
/// <param name="Step">The last step, which is predicted.</param>
/// <param name="Actual">The value there.</param>
/// <param name="Predicted">The prediction.</param>
/// <param name="Error">Its relative error.</param>
/// <param name="LastValueError">That of the last fitted value carried forward.</param>
/// <param name="StraightLineError">That of a straight line through the last tenth of the fitted part.</param>
public sealed record Forecast(
    string Model,
    string Component,
    string Parameter,
    int? Block,
    string Law,
    int FittedTo,
    int Step,
    double Actual,
    double Predicted,
    double Error,
    double LastValueError,
    double StraightLineError)
{
    /// <summary>The last value that was fitted.</summary>
    public double LastSeen { get; init; }

    /// <summary>Whose errors made it: <c>other-models</c>, or <c>own-past</c> where those are too few; null where none is.</summary>
    public string? IntervalFrom { get; init; }

    /// <summary>The lower end of the 90 % interval; null where too few forecasts say how wrong such a one is.</summary>
    public double? Low { get; init; }

    /// <summary>Its upper end.</summary>
    public double? High { get; init; }

    /// <summary>Whether the value lies in the interval; null where there is none.</summary>
    [JsonPropertyName("held")]
    public bool? IntervalCovered => Low is { } low && High is { } high ? Actual >= low && Actual <= high : null;

    /// <summary>Whether the forecast is closer than both simple rules.</summary>
    [JsonPropertyName("beats")]
    public bool BeatsBaselines => Error < LastValueError && Error < StraightLineError;
}
