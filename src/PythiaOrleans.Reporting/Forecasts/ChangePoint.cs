namespace PythiaOrleans.Reporting.Forecasts;

/// <summary>A step where a series changes regime.</summary>
/// <param name="Step">The first step of the new regime.</param>
/// <param name="From">Where it may have happened at the earliest, at 95 % confidence of the noise that was estimated.</param>
/// <param name="To">Where at the latest.</param>
public sealed record ChangePoint(int Step, int From, int To);
