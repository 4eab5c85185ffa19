using System.Text.Json;
using PythiaOrleans.Checkpoints.Catalog;
using PythiaOrleans.Core.Descriptions;
using PythiaOrleans.Reporting.Findings;
using PythiaOrleans.Reporting.Published;
using PythiaOrleans.Reporting.Report;
using PythiaOrleans.Testing;

namespace PythiaOrleans.Reporting.Tests;

/// <summary>The authors' series as a page, without any sweep.</summary>
public sealed class PublishedPageTests : IDisposable
{
    private static readonly AnalysisDescription Moments = new()
    {
        Name = "weight-moments",
        Version = 1,
        Title = "Moments",
        Question = "How large?",
        Source = "a test",
        Columns = [],
        Plots =
        [
            new(PlotKind.Series, "norm", "Norm", "Frobenius norm"),
            new(PlotKind.Series, "excess_kurtosis", "Kurtosis", "excess kurtosis"), // not published
            new(PlotKind.HeatMap, "lists", "Lists", "lists"), // stands in results only
        ],
        Reading = "Two sentences. They help.",
    };

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Published_HasFindingsNormsBudgetAndScores()
    {
        var stop = TestContext.Current.CancellationToken;
        var series = await FindingEvaluations.JoinAsync(PublishedSeries.Load(), null, ModelCatalog.Default, stop);
        var files = await SeriesPage.WriteAsync(series, ModelCatalog.Default, [Moments], _folder.Root, stills: true, stop);
        var data = PageData.Read(await File.ReadAllTextAsync(files.Page, stop));
        var sections = data.GetProperty("sections").EnumerateArray().ToDictionary(section => section.GetProperty("id").GetString()!);
        Assert.Equal(["weight-moments", "norm-budget", "evaluation"], sections.Keys);
        Assert.Equal("Two sentences. They help.", sections["weight-moments"].GetProperty("reading").GetString());
        var plot = Assert.Single(sections["weight-moments"].GetProperty("plots").EnumerateArray());
        Assert.Equal("weight-moments-norm", plot.GetProperty("id").GetString());

        // pythia-70m's embedding: 142 published norms, the first one that of step 1000.
        var embedding = plot.GetProperty("groups").EnumerateArray()
            .Single(group => group.GetProperty("name").GetString() == "embed_in weight");
        var line = embedding.GetProperty("lines")[0].GetProperty("y").EnumerateArray().ToArray();
        var expected = series.Curves("weight-moments", "norm", "pythia-70m", "embed_in").Single();
        Assert.Equal(142, line.Count(value => value.ValueKind == JsonValueKind.Number));
        var first = line.First(value => value.ValueKind == JsonValueKind.Number).GetDouble();
        Assert.Equal(expected.Values[0], first, 1e-3 * expected.Values[0]);

        var holds = data.GetProperty("findings").EnumerateArray().Count(finding => finding.GetProperty("verdict").GetString() == "holds");
        Assert.Equal(FindingCatalog.Judge(series).Count(report => report.Verdict == Verdict.Holds), holds);
        Assert.Contains("lambada_openai acc", sections["evaluation"].GetProperty("plots")[0].GetProperty("groups").EnumerateArray()
            .Select(group => group.GetProperty("name").GetString()));
        Assert.NotEmpty(files.StaticPlots);
    }
}
