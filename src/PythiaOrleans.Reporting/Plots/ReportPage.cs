using System.Text.Json.Serialization;

namespace PythiaOrleans.Reporting.Plots;

/// <summary>Everything that a report shows: the JSON inside the page, which its script draws, and what the still pictures are drawn
/// from.</summary>
internal sealed record ReportPage(
    string Sweep,
    IReadOnlyList<ReportModel> Models,
    int Steps,
    int Shards,
    int Done,
    IReadOnlyList<ReportFailure> Failures,
    IReadOnlyList<ReportFinding> Findings,
    IReadOnlyDictionary<int, string> Tokens,
    IReadOnlyList<ReportSection> Sections)
{
    /// <summary>What a reader should know first.</summary>
    public ReportOverview Overview { get; init; } = new();

    /// <summary>What seeds change; null where no model was trained more than once.</summary>
    public ReportSeeds? Seeds { get; init; }

    /// <summary>What the pictures of series are drawn over; the page itself lets its reader choose.</summary>
    [JsonIgnore]
    public TrainingAxis Axis { get; init; }

    /// <summary>What the page is of.</summary>
    public string Title { get; init; } = $"Sweep {Sweep}";
}
