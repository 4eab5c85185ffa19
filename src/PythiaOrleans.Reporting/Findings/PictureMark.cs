namespace PythiaOrleans.Reporting.Findings;

/// <summary>A point of a line that the evidence speaks of: a peak, a crossing.</summary>
/// <param name="Model">The model whose line it lies on.</param>
/// <param name="Block">The block of that line; null for a median.</param>
/// <param name="X">On the panel's x axis.</param>
/// <param name="Y">The line's value there.</param>
/// <param name="Text">What it is, as the evidence says it.</param>
public sealed record PictureMark(string Model, int? Block, double X, double Y, string Text);
