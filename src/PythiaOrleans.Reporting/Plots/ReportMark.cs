namespace PythiaOrleans.Reporting.Plots;

/// <summary>A point of a line that the evidence speaks of.</summary>
/// <param name="Model">The model of the line.</param>
/// <param name="Block">The block of the line; null for a median.</param>
/// <param name="X">On the x axis.</param>
/// <param name="Y">The line's value there.</param>
/// <param name="Text">What it is.</param>
internal sealed record ReportMark(int Model, int? Block, double X, double? Y, string Text);
