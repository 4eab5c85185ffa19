namespace PythiaOrleans.Core.Sweeps;

/// <summary>
/// What a user ordered last of a sweep, as <c>sweeps/{sweep}.state.json</c> holds it. It is written before it is answered, so that it
/// survives every silo.
/// </summary>
/// <param name="Order">Whether the sweep is to run.</param>
/// <param name="At">When it was ordered.</param>
public sealed record SweepOrder(SweepOrderKind Order, DateTimeOffset At);
