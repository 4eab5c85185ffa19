using PythiaOrleans.Core.Descriptions;
using PythiaOrleans.Core.Ids;
using PythiaOrleans.Core.Sweeps;
using PythiaOrleans.Core.Tables;

namespace PythiaOrleans.Reporting.Plots;

/// <summary>Where a plot gets its data.</summary>
/// <param name="Store">The results; null where there are only series.</param>
/// <param name="Sweep">The sweep.</param>
/// <param name="Analysis">The analysis that declares the plot.</param>
/// <param name="Series">Its series; null where the sweep has none yet.</param>
/// <param name="FrameSteps">The steps at which list columns are shown.</param>
internal sealed record PlotSource(
    ResultStore? Store, SweepSpec Sweep, AnalysisDescription Analysis, ResultTable? Series, IReadOnlyList<int> FrameSteps)
{
    // What is to be seen first, where the plot does not declare it.
    private static readonly string[] UsualGroups = ["mlp.dense_h_to_4h weight", "residual_stream all"];

    /// <summary>The plot's id on the page.</summary>
    public string IdOf(PlotDeclaration plot) => IdOf(Analysis, plot);

    /// <summary>The id of an analysis's plot.</summary>
    public static string IdOf(AnalysisDescription analysis, PlotDeclaration plot) => $"{analysis.Name}-{plot.Column}";

    /// <summary>A plot of the given groups.</summary>
    public ReportPlot Plot(PlotDeclaration plot, IReadOnlyList<ReportGroup> groups)
    {
        string[] names = [.. groups.Select(group => group.Name)];
        var first =
            new[] { plot.FirstGroup }.Concat(UsualGroups).Select(name => Array.IndexOf(names, name)).FirstOrDefault(index => index >= 0);
        return new ReportPlot(IdOf(plot), plot.Kind.Name, plot.Title, plot.Axis, plot.Logarithmic, groups)
        {
            First = first,
            Reading = plot.Reading,
        };
    }

    /// <summary>One result with some of its columns; null where it is not committed.</summary>
    public Task<ResultTable?> ReadAsync(string model, int step, IReadOnlyCollection<string> columns, CancellationToken cancellationToken) =>
        Store is null
            ? Task.FromResult<ResultTable?>(null)
            : Store.ReadAsync(new ResultKey(new CheckpointId(model, step), Analysis.Id), cancellationToken, columns);
}
