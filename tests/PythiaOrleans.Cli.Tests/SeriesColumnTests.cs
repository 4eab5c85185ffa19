using PythiaOrleans.Analyses;
using PythiaOrleans.Results;

namespace PythiaOrleans.Cli.Tests;

/// <summary>Findings and analyses know nothing of each other but the names of columns.</summary>
public sealed class SeriesColumnTests
{
    public static TheoryData<string, string, string> Reads { get; } = new(
        FindingCatalog.All.SelectMany(finding => finding.Reads.Select(read => (finding.Id, read.Analysis, read.Column))));

    [Theory]
    [MemberData(nameof(Reads))]
    public void Finding_ReadsAColumnThatAnAnalysisWrites(string finding, string analysis, string column)
    {
        var description = Assert.Single(AnalysisRegistry.Create(new AnalysisSettings(0, null)), candidate => candidate.Name == analysis).Description;
        var scalars = description.Columns.Where(declared => !declared.IsList).Select(declared => declared.Name)
            .Concat(DerivedColumns.Of(analysis)?.Columns.Select(derived => derived.Name) ?? []);
        Assert.True(scalars.Contains(column), $"{finding} reads {analysis}.{column}; there are {string.Join(", ", scalars)}");
    }

    [Fact]
    public void DeclaredPlots_ShowColumnsThatAreWritten() =>
        Assert.All(AnalysisRegistry.Create(new AnalysisSettings(0, null)).Select(analysis => analysis.Description), description =>
        {
            var written = description.Columns.Select(declared => declared.Name).Concat(DerivedColumns.Of(description.Name)?.Columns.Select(derived => derived.Name) ?? []);
            Assert.All(description.Plots, plot => Assert.Contains(plot.Column, written));
        });
}
