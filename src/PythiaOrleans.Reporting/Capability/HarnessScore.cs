namespace PythiaOrleans.Reporting.Capability;

/// <summary>One number of a result file.</summary>
/// <param name="Task">The task.</param>
/// <param name="Metric">The metric, with its filter where that is not <c>none</c>.</param>
/// <param name="Shots">Examples in the prompt.</param>
/// <param name="Value">The score.</param>
/// <param name="StandardError">Its standard error; null where the file has none.</param>
public sealed record HarnessScore(string Task, string Metric, int Shots, double Value, double? StandardError);
