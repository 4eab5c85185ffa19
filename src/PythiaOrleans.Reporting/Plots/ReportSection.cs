namespace PythiaOrleans.Reporting.Plots;

/// <summary>One analysis.</summary>
internal sealed record ReportSection(string Id, string Title, string Question, string Source, IReadOnlyList<ReportPlot> Plots);
