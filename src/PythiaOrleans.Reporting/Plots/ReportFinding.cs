namespace PythiaOrleans.Reporting.Plots;

/// <summary>A finding with its verdict, its numbers, and the picture of what was judged.</summary>
/// <param name="Id">The finding's name.</param>
/// <param name="Claim">The claim in one sentence.</param>
/// <param name="Verdict"><c>holds</c>, <c>mixed</c>, <c>fails</c> or <c>undecided</c>.</param>
/// <param name="Summary">The verdict in one sentence.</param>
/// <param name="Evidence">The numbers that decide, then those that inform.</param>
/// <param name="Panels">The picture.</param>
internal sealed record ReportFinding(
    string Id,
    string Claim,
    string Verdict,
    string Summary,
    IReadOnlyList<ReportEvidence> Evidence,
    IReadOnlyList<ReportFindingPanel> Panels)
{
    /// <summary>The parts of the claim.</summary>
    public IReadOnlyList<ReportFindingPart> Parts { get; init; } = [];

    /// <summary>The verdict for each model of the page alone.</summary>
    public IReadOnlyList<string> Models { get; init; } = [];

    /// <summary>How often the whole claim passes where there is nothing to find.</summary>
    public IReadOnlyList<ReportChance> Chance { get; init; } = [];

    /// <summary>How many numbers there are, where the page shows fewer.</summary>
    public int Numbers { get; init; }
}
