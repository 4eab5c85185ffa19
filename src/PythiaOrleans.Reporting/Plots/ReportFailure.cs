namespace PythiaOrleans.Reporting.Plots;

/// <summary>One quarantined shard.</summary>
internal sealed record ReportFailure(string Checkpoint, string Message);
