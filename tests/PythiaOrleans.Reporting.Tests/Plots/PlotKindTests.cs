using PythiaOrleans.Core.Descriptions;
using PythiaOrleans.Core.Ids;
using PythiaOrleans.Core.Storage;
using PythiaOrleans.Core.Sweeps;
using PythiaOrleans.Core.Tables;
using PythiaOrleans.Reporting.Plots;
using PythiaOrleans.Testing;

namespace PythiaOrleans.Reporting.Tests;

public sealed class PlotKindTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string> Kinds { get; } = [.. PlotKinds.All.Select(kind => kind.Name)];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Kinds_AreFoundByTheirType() =>
        Assert.Equal(
            ["heads", "heatmap", "histogram", "quantiles", "series", "spectrum", "tokens"], PlotKinds.All.Select(kind => kind.Name));

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Script_OfAKind_RegistersItUnderItsName(string name)
    {
        var kind = PlotKinds.All.Single(candidate => candidate.Name == name);
        Assert.Contains($"kinds.{name} = {{", Asset(kind.Script), StringComparison.Ordinal);
    }

    /// <summary>What all kinds share knows none of them, or a new kind would be more than one class and one script.</summary>
    [Theory]
    [InlineData("report.js")]
    [InlineData("view.js")]
    [InlineData("panel.js")]
    [InlineData("cells.js")]
    [InlineData("save.js")]
    [InlineData("plot.js")]
    [InlineData("page.js")]
    [InlineData("findings.js")]
    public void SharedScript_NamesNoKind(string script) =>
        Assert.All(PlotKinds.All, kind => Assert.DoesNotMatch($"[\"'`.]{kind.Name}[\"'`]", Asset(script)));

    [Fact]
    public void Declaration_OfAnUnknownKind_IsRefusedWithThoseThatThereAre()
    {
        var error = Assert.Throws<ArgumentException>(
            () => PlotKinds.Find(Analysis(), new PlotDeclaration(new PlotKind("pie"), "std", "Pie", "share")));
        Assert.Contains(
            "heads, heatmap, histogram, quantiles, series, spectrum, tokens, found 'pie'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Histogram_WithoutGeometry_IsRefused()
    {
        var error = await Assert.ThrowsAsync<ArgumentException>(
            () => GatherAsync(new PlotDeclaration(PlotKind.Histogram, "histogram", "Histograms", "density")));
        Assert.Contains("it must declare its Geometry", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Histogram_OfOtherBinsThanDeclared_IsRefused()
    {
        await CommitAsync(SampleTables.Column("histogram", typeof(long[]), false, new long[] { 1, 2, 1 }));
        var error = await Assert.ThrowsAsync<InvalidDataException>(() => GatherAsync(
            new PlotDeclaration(PlotKind.Histogram, "histogram", "Histograms", "density") { Geometry = new PlotGeometry(-3, 3, 5) }));
        Assert.Contains("expected lists of 5 values, as its plot declares, found 3", error.Message, StringComparison.Ordinal);
    }

    /// <summary>Three bins of width 2 over [-3, 3]: middles -2, 0, 2; of four values one in the first bin is a density of 1/8.</summary>
    [Fact]
    public async Task Histogram_TakesRangeAndBinsFromItsDeclaration()
    {
        await CommitAsync(SampleTables.Column("histogram", typeof(long[]), false, new long[] { 1, 2, 1 }));
        var plot = await GatherAsync(
            new PlotDeclaration(PlotKind.Histogram, "histogram", "Histograms", "density") { Geometry = new PlotGeometry(-3, 3, 3) });
        Assert.Equal([-2, 0, 2], plot.X!);
        Assert.Equal([0.125, 0.25, 0.125], plot.Groups[0].Frames![0].Lines[0].Y.Select(value => value!.Value));
        Assert.Equal(["Gaussian", "logistic"], plot.Guides!.Select(guide => guide.Name));
        Assert.Equal(0.3989, plot.Guides![0].Y[1], 1e-4);
        Assert.Equal(Math.PI / Math.Sqrt(3) / 4, plot.Guides![1].Y[1], 1e-12); // 1 / (4 s) at the middle, with s = sqrt(3) / pi
    }

    /// <summary>Five quantiles stand at the probabilities 0.1, 0.3, 0.5, 0.7, 0.9.</summary>
    [Fact]
    public async Task Quantiles_TakeTheirProbabilitiesFromTheDeclaration()
    {
        await CommitAsync(SampleTables.Column("quantiles", typeof(double[]), false, new[] { -2.0, -1, 0, 1, 2 }));
        var plot = await GatherAsync(
            new PlotDeclaration(PlotKind.Quantiles, "quantiles", "Quantiles", "value") { Geometry = new PlotGeometry(0, 1, 5) });
        Assert.Equal([-1.2816, -0.5244, 0, 0.5244, 1.2816], plot.X!, (expected, found) => Math.Abs(expected - found) < 1e-4);
        // mean 0.5, deviation 1
        Assert.Equal([-2.5, -1.5, -0.5, 0.5, 1.5], plot.Groups[0].Frames![0].Lines[0].Y.Select(value => value!.Value));
        Assert.Equal(Math.Sqrt(3) / Math.PI * Math.Log(9), plot.Guides![1].Y[^1], 1e-12);
    }

    [Fact]
    public async Task HeatMap_WithoutOrderAndTokens_IsGathered()
    {
        await CommitAsync(SampleTables.Column("ratios", typeof(float[]), false, new[] { 1f, -0.5f, float.NaN }));
        var plot = await GatherAsync(new PlotDeclaration(PlotKind.HeatMap, "ratios", "Ratios", "ratio"));
        var line = plot.Groups[0].Frames![0].Lines[0];
        Assert.Equal([127, -64, 0], line.Cells!.Select(cell => (int)(sbyte)cell));
        Assert.Null(line.Order);
    }

    /// <summary>A line for each head in the order of blocks and heads, head10 after head2; other rows are passed over.</summary>
    [Fact]
    public async Task Heads_AreLinesInTheirOrder()
    {
        string[] parameters = ["head10", "head2", "all", "head0"];
        var series = new ResultTable(
        [
            SampleTables.Column("model", typeof(string), false, [.. parameters.Select(_ => "pythia-14m")]),
            SampleTables.Column("step", typeof(int), false, [1000, 1000, 1000, 1000]),
            SampleTables.Column("block", typeof(int), true, [0, 0, 0, 1]),
            SampleTables.Column("component", typeof(string), false, [.. parameters.Select(_ => "attention.batch")]),
            SampleTables.Column("parameter", typeof(string), false, parameters),
            SampleTables.Column("sink", typeof(double), false, [0.1, 0.2, 0.3, double.NaN]),
        ]);
        var plot = await GatherAsync(new PlotDeclaration(PlotKind.Heads, "sink", "Sinks", "attention"), series);
        var group = Assert.Single(plot.Groups);
        Assert.Equal(("attention.batch", true), (group.Name, group.InBlocks));
        Assert.Equal(
            [(0, 2, 0.2), (0, 10, 0.1), (1, 0, null)],
            group.Lines!.Select(line => (line.Block!.Value, line.Head!.Value, line.Y.Single())));
    }

    [Theory]
    [InlineData(1, new[] { 1 })]
    [InlineData(12, new[] { 1, 2, 3, 4, 5, 6, 7, 9, 10, 12 })]
    public void Ranks_StartAtOneAndThinOut(int count, int[] expected) => Assert.Equal(expected, SpectrumKind.Ranks(count));

    private static AnalysisDescription Analysis(params PlotDeclaration[] plots) => new()
    {
        Name = "shape",
        Version = 1,
        Title = "Shape",
        Question = "What shape?",
        Source = "a test",
        Columns = [],
        Plots = plots,
    };

    private static string Asset(string name)
    {
        using var reader =
            new StreamReader(typeof(PlotKinds).Assembly.GetManifestResourceStream($"PythiaOrleans.Reporting.Report.Assets.{name}")!);
        return reader.ReadToEnd();
    }

    private Task<ReportPlot> GatherAsync(PlotDeclaration plot, ResultTable? series = null)
    {
        var analysis = Analysis(plot);
        var sweep = new SweepSpec
        {
            Name = "test",
            Models = ["pythia-14m"],
            Steps = [1000],
            Analyses = [analysis.Id],
            ReferenceStep = 0,
            Source = "hub",
        };
        var source = new PlotSource(new ResultStore(new FolderBlobStore(_folder.Root)), sweep, analysis, series, sweep.Steps);
        return PlotKinds.Find(analysis, plot).GatherAsync(source, plot, Cancellation);
    }

    private async Task CommitAsync(ResultColumn list)
    {
        var table = new ResultTable(
        [
            SampleTables.Column("block", typeof(int), true, 0),
            SampleTables.Column("component", typeof(string), false, "attention.dense"),
            SampleTables.Column("parameter", typeof(string), false, "weight"),
            SampleTables.Column("count", typeof(long), false, 4L),
            SampleTables.Column("mean", typeof(double), false, 0.5),
            SampleTables.Column("std", typeof(double), false, 1.0),
            list,
        ]);
        await SampleTables.CommitAsync(
            new ResultStore(new FolderBlobStore(_folder.Root)),
            new ResultKey(new CheckpointId("pythia-14m", 1000), Analysis().Id), table, Cancellation);
    }
}
