namespace PythiaOrleans.Reporting.Capability;

/// <summary>One score of one checkpoint.</summary>
/// <param name="Model">The model, as the catalog spells it.</param>
/// <param name="Step">The training step.</param>
/// <param name="Task">The task, as lm-evaluation-harness spells it: <c>lambada_openai</c>.</param>
/// <param name="Metric"><c>acc</c>, <c>acc_norm</c>, <c>ppl</c>; a filter that is not <c>none</c> stands behind a comma.</param>
/// <param name="Shots">Examples in the prompt.</param>
/// <param name="Value">The score.</param>
/// <param name="StandardError">Its standard error; null where the source has none.</param>
public sealed record Evaluation(string Model, int Step, string Task, string Metric, int Shots, double Value, double? StandardError);
