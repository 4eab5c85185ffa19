using System.Text.Json;
using System.Text.RegularExpressions;
using PythiaOrleans.Checkpoints.Catalog;
using PythiaOrleans.Core.Descriptions;
using PythiaOrleans.Core.Ids;
using PythiaOrleans.Core.Storage;
using PythiaOrleans.Core.Sweeps;
using PythiaOrleans.Core.Tables;
using PythiaOrleans.Reporting.Findings;
using PythiaOrleans.Reporting.Plots;
using PythiaOrleans.Reporting.Report;
using PythiaOrleans.Reporting.Series;
using PythiaOrleans.Testing;
using SkiaSharp;

namespace PythiaOrleans.Reporting.Tests;

public sealed partial class ReportTests : IDisposable
{
    private static readonly AnalysisDescription Shape = new()
    {
        Name = "shape",
        Version = 1,
        Title = "Shape",
        Question = "What shape?",
        Source = "a test",
        Columns =
        [
            new("singular_values", typeof(double[]), true, "", ""),
            new("correlations", typeof(float[]), true, "", ""),
            new("histogram", typeof(long[]), true, "", ""),
        ],
        Plots =
        [
            new(PlotKind.Series, "std", "Deviation", "standard deviation"),
            new(PlotKind.Histogram, "histogram", "Histograms", "density") { Geometry = new PlotGeometry(-8, 8, 201) },
            new(PlotKind.Quantiles, "quantiles", "Quantiles", "weight") { Geometry = new PlotGeometry(0, 1, 513) },
            new(PlotKind.Spectrum, "singular_values", "Singular values by rank", "singular value", Logarithmic: true),
            new(PlotKind.HeatMap, "correlations", "Correlations of tokens", "correlation"),
        ],
    };

    private static readonly SweepSpec Sweep = new()
    {
        Name = "test",
        Models = ["pythia-14m", "pythia-70m"],
        Steps = [0, 1000, 2000],
        Analyses = [Shape.Id],
        ReferenceStep = 0,
        Source = "hub",
    };

    private readonly TemporaryFolder _folder = new();
    private readonly ResultStore _store;

    public ReportTests() => _store = new ResultStore(new FolderBlobStore(_folder["store"]));

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Report_OfAPartialSweep_ShowsWhatIsThereAndLeavesTheRestEmpty()
    {
        await CommitAsync("pythia-14m", 0, std: 0.5);
        await CommitAsync("pythia-14m", 2000, std: 0.25);
        var (files, page) = await WriteAsync();

        var data = PageData.Read(page);
        Assert.Equal((6, 2), (data.GetProperty("shards").GetInt32(), data.GetProperty("done").GetInt32()));
        var line = data.GetProperty("sections")[0].GetProperty("plots")[0].GetProperty("groups")[0].GetProperty("lines")[1];
        Assert.Equal(1, line.GetProperty("block").GetInt32());
        Assert.Equal([0.5, null, 0.25], line.GetProperty("y")
            .EnumerateArray()
            .Select(value => value.ValueKind == JsonValueKind.Null ? (double?)null : value.GetDouble()));
        Assert.Contains("2 of 6 shards", page, StringComparison.Ordinal);
        Assert.Empty(files.StaticPlots);
    }

    [Fact]
    public async Task Report_OfNothing_IsAPageThatSaysSo()
    {
        var (files, page) = await WriteAsync();
        Assert.Empty(files.StaticPlots);
        Assert.Contains("0 of 6 shards", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Page_LoadsNothingFromOutside()
    {
        await CommitAsync("pythia-14m", 0, std: 0.5);
        var (_, page) = await WriteAsync();
        Assert.DoesNotMatch(Outside(), page);
        Assert.DoesNotContain("{{", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Page_WithAnErrorThatLooksLikeHtml_KeepsItAsText()
    {
        const string message = "file </script><script>alert(1)</script> & \"quotes\"";
        await _store.WriteFailureAsync(
            "test",
            new ShardFailure(
                new CheckpointId("pythia-70m", 1000), Sweep.Analyses, FailureKind.Permanent, message, 1, DateTimeOffset.UnixEpoch),
            Cancellation);
        var (_, page) = await WriteAsync();
        Assert.Equal(2, Scripts().Count(page)); // the data and the code
        Assert.Equal(message, PageData.Read(page).GetProperty("failures")[0].GetProperty("message").GetString());
    }

    /// <summary>A histogram becomes a density: the sum over the bins times their width, in standard deviations, is 1.</summary>
    [Fact]
    public async Task Histogram_InTheReport_IsADensity()
    {
        await CommitAsync("pythia-14m", 1000, std: 2);
        var (_, page) = await WriteAsync();
        var plot = PageData.Read(page).GetProperty("sections")[0].GetProperty("plots")[1];
        var frame = plot.GetProperty("groups")[0].GetProperty("frames")[0];
        Assert.Equal(1000, frame.GetProperty("step").GetInt32());
        var density = frame.GetProperty("lines")[0]
            .GetProperty("y")
            .EnumerateArray()
            .Select(value => value.ValueKind == JsonValueKind.Null ? 0 : value.GetDouble())
            .ToArray();
        Assert.Equal(1, density.Sum() * 16 / density.Length, 1e-4);
    }

    /// <summary>Kept are 16 ranks a decade; correlations keep two digits.</summary>
    [Fact]
    public async Task ListColumns_BecomeSpectraAndHeatMaps()
    {
        await CommitAsync("pythia-14m", 1000, std: 1);
        var plots = PageData.Read((await WriteAsync()).Page)
            .GetProperty("sections")[0]
            .GetProperty("plots")
            .EnumerateArray()
            .ToDictionary(plot => plot.GetProperty("kind").GetString()!);
        JsonElement Line(string kind) => plots[kind].GetProperty("groups")[0].GetProperty("frames")[0].GetProperty("lines")[0];

        var spectrum = Line("spectrum").GetProperty("y").EnumerateArray().Select(value => value.GetDouble()).ToArray();
        Assert.Equal(SpectrumKind.Ranks(40).Select(rank => 100.0 / rank), spectrum, (expected, found) =>
            Math.Abs(expected - found) < 1e-3 * expected);
        Assert.Equal(2.5, Line("spectrum").GetProperty("edge").GetDouble());

        sbyte[] cells = [.. Line("heatmap").GetProperty("cells").GetBytesFromBase64().Select(cell => (sbyte)cell)];
        Assert.Equal([127, -64, 0], cells);
        Assert.Equal([2, 0, 1], Line("heatmap").GetProperty("order").EnumerateArray().Select(place => place.GetInt32()));
    }

    [Fact]
    public async Task Findings_AreInTheReport_EachWithItsVerdict()
    {
        var findings = PageData.Read((await WriteAsync()).Page).GetProperty("findings").EnumerateArray().ToArray();
        Assert.Equal(FindingCatalog.All.Select(finding => finding.Id), findings.Select(finding => finding.GetProperty("id").GetString()));
        Assert.All(findings, finding => Assert.Equal("undecided", finding.GetProperty("verdict").GetString()));
    }

    [Fact]
    public async Task Stills_ShowLinesOfDepthInTheirColours()
    {
        await CommitAsync("pythia-14m", 0, std: 0.5);
        await CommitAsync("pythia-14m", 1000, std: 0.9);
        var (files, _) = await WriteAsync(stills: true);
        Assert.Equal(1 + 2 + 2 + 2 + 2, files.StaticPlots.Count);
        foreach (var file in files.StaticPlots)
        {
            using var picture = SKBitmap.Decode(file);
            Assert.True(picture.Width >= 800 && picture.Height >= 300, $"{file}: {picture.Width} x {picture.Height}");
            var colours = picture.Pixels
                .Where(pixel => new[] { pixel.Red, pixel.Green, pixel.Blue } is var channels && channels.Max() - channels.Min() > 60)
                .ToHashSet();
            Assert.True(colours.Count >= 2, $"{file} shows {colours.Count} colours; blocks must differ");
        }
    }

    [GeneratedRegex("""(src|href)\s*=\s*["'](?!#)|https?://|@import|fetch\(|XMLHttpRequest""", RegexOptions.IgnoreCase)]
    private static partial Regex Outside();

    [GeneratedRegex("</script>", RegexOptions.IgnoreCase)]
    private static partial Regex Scripts();

    private async Task<(ReportFiles Files, string Page)> WriteAsync(bool stills = false)
    {
        await new SeriesCompactor(_store, ModelCatalog.Default, []).CompactAsync(Sweep, Shape.Id, Cancellation);
        var files = await new ReportWriter(_store, ModelCatalog.Default).WriteAsync(
            Sweep, [Shape], _folder["report"], stills, Cancellation);
        return (files, await File.ReadAllTextAsync(files.Page, Cancellation));
    }

    // Two blocks of one component; the second is shifted, so that lines of blocks do not cover each other.
    private async Task CommitAsync(string model, int step, double std)
    {
        object?[] Of(Func<int, object?> cell) => [cell(0), cell(1)];
        var table = new ResultTable(
        [
            SampleTables.Column("model", typeof(string), false, Of(_ => model)),
            SampleTables.Column("step", typeof(int), false, Of(_ => step)),
            SampleTables.Column("block", typeof(int), true, Of(row => row)),
            SampleTables.Column("component", typeof(string), false, Of(_ => "attention.dense")),
            SampleTables.Column("parameter", typeof(string), false, Of(_ => "weight")),
            SampleTables.Column("pooled", typeof(bool), false, Of(_ => false)),
            SampleTables.Column("count", typeof(long), false, Of(row => row == 0 ? 201_500L : 200_500L)),
            SampleTables.Column("mean", typeof(double), false, Of(_ => 0.0)),
            SampleTables.Column("std", typeof(double), false, Of(row => row == 1 ? std : 2 * std)),
            SampleTables.Column(
                "histogram", typeof(long[]), false,
                Of(row => Enumerable.Range(0, 201).Select(bin => bin % 2 == row ? 1500L : 500L).ToArray())),
            SampleTables.Column(
                "quantiles", typeof(double[]), false,
                Of(row => Enumerable.Range(0, 513).Select(i => (i - 256) / 100.0 * (row + 1)).ToArray())),
            SampleTables.Column(
                "singular_values", typeof(double[]), false, Of(_ => Enumerable.Range(1, 40).Select(rank => 100.0 / rank).ToArray())),
            SampleTables.Column("marchenko_pastur_edge", typeof(double), false, Of(_ => 2.5)),
            SampleTables.Column("correlations", typeof(float[]), false, Of(_ => new[] { 1f, -0.5f, float.NaN })),
            SampleTables.Column("order", typeof(int[]), false, Of(_ => new[] { 2, 0, 1 })),
            SampleTables.Column("token_ids", typeof(int[]), false, Of(_ => new[] { 0, 1, 2 })),
        ]);
        await SampleTables.CommitAsync(_store, new ResultKey(new CheckpointId(model, step), Shape.Id), table, Cancellation);
    }
}
