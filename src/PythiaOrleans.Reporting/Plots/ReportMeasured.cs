namespace PythiaOrleans.Reporting.Plots;

/// <summary>What there is of one analysis.</summary>
/// <param name="Analysis">Its name, that of its section.</param>
/// <param name="Title">Its title.</param>
/// <param name="Checkpoints">The measured checkpoints of each model.</param>
internal sealed record ReportMeasured(string Analysis, string Title, IReadOnlyList<int> Checkpoints);
