using PythiaOrleans.Analyses;
using PythiaOrleans.Checkpoints.Catalog;
using PythiaOrleans.Core.Descriptions;
using PythiaOrleans.Core.Tables;
using PythiaOrleans.Reporting.Capability;
using PythiaOrleans.Reporting.Findings;
using PythiaOrleans.Reporting.Series;

namespace PythiaOrleans.Cli.Tests;

/// <summary>Findings and analyses know nothing of each other but the names of columns.</summary>
public sealed class SeriesColumnTests
{
    private static readonly AnalysisDescription[] Analyses =
    [
        .. AnalysisRegistry.BuiltIn.Create(new AnalysisSettings(0, null)).Select(analysis => analysis.Description)
    ];

    /// <summary>What every series gets of the schedule of training: docs/series.md.</summary>
    private static readonly string[] Joined = ["fraction", "tokens", "learning_rate", "summed_learning_rate", "decay_factor"];

    public static TheoryData<string, string, string> Reads { get; } = new(
        FindingCatalog.All.SelectMany(finding => finding.Reads.Select(read => (finding.Id, read.Analysis, read.Column))));

    [Theory]
    [MemberData(nameof(Reads))]
    public void Finding_ReadsAColumnThatAnAnalysisWrites(string finding, string analysis, string column)
    {
        var columns = analysis == EvaluationTable.Analysis
            ? EvaluationTable.From([], ModelCatalog.Default).Columns.Select(written => written.Schema)
            : Written(Assert.Single(Analyses, candidate => candidate.Name == analysis));
        string[] scalars = [.. columns.Where(written => !written.IsList).Select(written => written.Name), .. Joined];
        Assert.True(scalars.Contains(column), $"{finding} reads {analysis}.{column}; there are {string.Join(", ", scalars)}");
    }

    [Fact]
    public void DeclaredPlots_ShowColumnsThatAreWritten() =>
        Assert.All(
            Analyses,
            analysis => Assert.All(
                analysis.Plots, plot => Assert.Contains(plot.Column, Written(analysis).Select(written => written.Name))));

    // Derived columns tell their schemas for a table without rows too.
    private static IEnumerable<ColumnSchema> Written(AnalysisDescription analysis)
    {
        var empty = new ResultTable([.. analysis.Columns.Select(ResultColumn.Empty)]);
        var derived = AnalysisRegistry.BuiltIn.DerivedColumns.FirstOrDefault(derived => derived.Analysis == analysis.Name);
        return analysis.Columns.Concat(derived?.Derive(empty, empty).Select(column => column.Schema) ?? []);
    }
}
