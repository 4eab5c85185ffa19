namespace PythiaOrleans.Reporting.Plots;

/// <summary>A finding with the series behind it.</summary>
internal sealed record ReportFinding(
    string Id,
    string Claim,
    string Verdict,
    string Summary,
    IReadOnlyList<ReportEvidence> Evidence,
    IReadOnlyList<ReportFindingPanel> Panels);
