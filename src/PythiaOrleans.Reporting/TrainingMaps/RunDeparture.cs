namespace PythiaOrleans.Reporting.TrainingMaps;

/// <summary>Where a run leaves the path that most runs take.</summary>
/// <param name="Run">The run.</param>
/// <param name="At">The place of the first checkpoint off the path, from 0.</param>
/// <param name="From">The state before it.</param>
/// <param name="To">The state that most runs do not go to from there.</param>
public sealed record RunDeparture(string Run, int At, int From, int To);
