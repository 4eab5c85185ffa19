namespace PythiaOrleans.Reporting.Plots;

/// <summary>One component's lines.</summary>
/// <param name="Name"><c>mlp.dense_h_to_4h weight</c>.</param>
/// <param name="InBlocks">Whether there is one line per block, and so one panel per model; else one panel has a line for each
/// model.</param>
/// <param name="Lines">The lines of a series plot.</param>
/// <param name="Frames">The lines at chosen steps of the other plots.</param>
internal sealed record ReportGroup(string Name, bool InBlocks, IReadOnlyList<ReportLine>? Lines, IReadOnlyList<ReportFrame>? Frames);
