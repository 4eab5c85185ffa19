namespace PythiaOrleans.Reporting.Plots;

/// <summary>The lines at one step.</summary>
internal sealed record ReportFrame(int Step, IReadOnlyList<ReportLine> Lines);
