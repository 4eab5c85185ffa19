namespace PythiaOrleans.Reporting.Plots;

/// <summary>One model: its blocks give the colours, its steps the x axis.</summary>
internal sealed record ReportModel(string Name, int Blocks, long Parameters, IReadOnlyList<int> Steps);
