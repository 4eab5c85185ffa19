namespace PythiaOrleans.Reporting.Plots;

/// <summary>A model that was trained more than once.</summary>
/// <param name="Name">The model, without seed.</param>
/// <param name="Runs">The runs' names.</param>
internal sealed record ReportSeedGroup(string Name, IReadOnlyList<string> Runs)
{
    /// <summary>The training map of its runs as SVG; null where the sweep has nothing to make one of.</summary>
    public string? Map { get; init; }

    /// <summary>Which runs leave the path of most, a sentence each.</summary>
    public IReadOnlyList<string> Departures { get; init; } = [];
}
