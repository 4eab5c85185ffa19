namespace PythiaOrleans.Reporting.Plots;

/// <summary>What a reader should know first.</summary>
internal sealed record ReportOverview
{
    /// <summary>Why the verdicts say little of the models that the claims were made about; null where the suite is like theirs.</summary>
    public string? Caveat { get; init; }

    /// <summary>How many claims were judged, and how many agree by chance.</summary>
    public string Multiplicity { get; init; } = "";

    /// <summary>Where the checkpoints came from, on which text, and when.</summary>
    public IReadOnlyList<string> Circumstances { get; init; } = [];

    /// <summary>What was measured on which models.</summary>
    public IReadOnlyList<ReportMeasured> Measured { get; init; } = [];

    /// <summary>The loss along training; null where none was measured.</summary>
    public ReportFindingPanel? Loss { get; init; }
}
