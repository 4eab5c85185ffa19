namespace PythiaOrleans.Reporting.Plots;

/// <summary>One analysis.</summary>
internal sealed record ReportSection(string Id, string Title, string Question, string Source, IReadOnlyList<ReportPlot> Plots)
{
    /// <summary>What one sees in the plots and how to read it; null where the analysis does not say.</summary>
    public string? Reading { get; init; }
}
