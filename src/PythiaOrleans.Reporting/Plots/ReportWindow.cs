namespace PythiaOrleans.Reporting.Plots;

/// <summary>The part of a panel's x axis that a claim names.</summary>
/// <param name="Model">The model whose steps they are; null where it is the same for all.</param>
/// <param name="From">On the x axis.</param>
/// <param name="To">On the x axis.</param>
internal sealed record ReportWindow(int? Model, double From, double To);
