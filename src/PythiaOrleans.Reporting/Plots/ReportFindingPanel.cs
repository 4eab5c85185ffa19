namespace PythiaOrleans.Reporting.Plots;

/// <summary>One panel of a finding's picture.</summary>
internal sealed record ReportFindingPanel(string Title, string Axis, IReadOnlyList<ReportLine> Lines);
