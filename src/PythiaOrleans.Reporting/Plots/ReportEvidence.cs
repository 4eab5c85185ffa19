namespace PythiaOrleans.Reporting.Plots;

/// <summary>One number of a finding.</summary>
internal sealed record ReportEvidence(string Where, string Quantity, double? Value, string Expected, bool? Agrees);
