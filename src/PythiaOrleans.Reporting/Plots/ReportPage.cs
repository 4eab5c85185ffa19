using PythiaOrleans.Checkpoints.Loading;
using PythiaOrleans.Core.Descriptions;
using PythiaOrleans.Reporting.Findings;

namespace PythiaOrleans.Reporting.Plots;

// What the page's script draws and the stills show: the shape of the JSON inside the report.

/// <summary>Everything that a report shows.</summary>
internal sealed record ReportPage(
    string Sweep, IReadOnlyList<ReportModel> Models, int Steps, int Shards, int Done, IReadOnlyList<ReportFailure> Failures,
    IReadOnlyList<ReportFinding> Findings, IReadOnlyDictionary<int, string> Tokens, IReadOnlyList<ReportSection> Sections);

/// <summary>One model: its blocks give the colours, its steps the x axis.</summary>
internal sealed record ReportModel(string Name, int Blocks, long Parameters, IReadOnlyList<int> Steps);

/// <summary>One quarantined shard.</summary>
internal sealed record ReportFailure(string Checkpoint, string Message);

/// <summary>One analysis.</summary>
internal sealed record ReportSection(string Id, string Title, string Question, string Source, IReadOnlyList<ReportPlot> Plots);

/// <summary>One plot: a choice of groups (component and parameter), of each a panel a model.</summary>
/// <param name="Id">Unique on the page.</param>
/// <param name="Kind">A <see cref="PlotKind"/> in lower case.</param>
/// <param name="Title">What it shows.</param>
/// <param name="Axis">The y axis.</param>
/// <param name="Log">Whether the y axis starts logarithmic.</param>
/// <param name="Groups">What can be chosen.</param>
internal sealed record ReportPlot(string Id, string Kind, string Title, string Axis, bool Log, IReadOnlyList<ReportGroup> Groups);

/// <summary>One component's lines.</summary>
/// <param name="Name"><c>mlp.dense_h_to_4h weight</c>.</param>
/// <param name="InBlocks">Whether there is a line a block, and so a panel a model; else one panel has a line a model.</param>
/// <param name="Lines">The lines of a series plot.</param>
/// <param name="Frames">The lines at chosen steps of a histogram or quantile plot.</param>
internal sealed record ReportGroup(string Name, bool InBlocks, IReadOnlyList<ReportLine>? Lines, IReadOnlyList<ReportFrame>? Frames);

/// <summary>One line: a model's index, a block, and a value a step of the model (null: not measured).</summary>
internal sealed record ReportLine(int Model, int? Block, IReadOnlyList<double?> Y)
{
    /// <summary>The Marchenko-Pastur edge of a spectrum.</summary>
    public double? Edge { get; init; }

    /// <summary>Correlations above the diagonal, row by row, as signed bytes of 1/127.</summary>
    public byte[]? Cells { get; init; }

    /// <summary>Places of a heat map's rows in the found order.</summary>
    public IReadOnlyList<int>? Order { get; init; }

    /// <summary>The ids of a heat map's rows, or of directions: equally many for each value of <see cref="Y"/>.</summary>
    public IReadOnlyList<int>? Tokens { get; init; }
}

/// <summary>The lines at one step; fraction of training is what models of other lengths share.</summary>
internal sealed record ReportFrame(int Step, IReadOnlyList<ReportLine> Lines);

/// <summary>A finding with the series behind it.</summary>
internal sealed record ReportFinding(
    string Id, string Claim, string Verdict, string Summary, IReadOnlyList<ReportEvidence> Evidence, IReadOnlyList<ReportFindingPanel> Panels);

/// <summary>One number of a finding.</summary>
internal sealed record ReportEvidence(string Where, string Quantity, double? Value, string Expected, bool? Agrees);

/// <summary>One component's lines: medians over blocks, one a model.</summary>
internal sealed record ReportFindingPanel(string Title, string Axis, IReadOnlyList<ReportLine> Lines);
