namespace PythiaOrleans.Reporting.Plots;

/// <summary>A line of comparison in every panel of a plot: the Gaussian's density, for example.</summary>
internal sealed record ReportGuide(string Name, IReadOnlyList<double> Y);
