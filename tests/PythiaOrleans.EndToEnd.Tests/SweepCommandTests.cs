using System.Text.Json;
using PythiaOrleans.Checkpoints.Catalog;
using PythiaOrleans.Cli.Display;
using PythiaOrleans.Core.Storage;
using PythiaOrleans.Core.Sweeps;
using PythiaOrleans.Testing;

namespace PythiaOrleans.EndToEnd.Tests;

/// <summary>One small sweep, and what is asked of its results afterwards.</summary>
public sealed class SweptSuite : IAsyncLifetime
{
    private readonly TinySuite _suite = new(steps: 14);

    internal TinySuite Suite => _suite;

    internal string Store => _suite.Store("store");

    public async ValueTask InitializeAsync()
    {
        var (code, _, errors) = await PythiaProcess.RunAsync(_suite.SweepArguments("store"));
        Assert.True(code == 0, errors);
    }

    public ValueTask DisposeAsync()
    {
        _suite.Dispose();
        return ValueTask.CompletedTask;
    }

    /// <summary>A verb on the sweep's store.</summary>
    internal Task<(int Code, string Output, string Errors)> RunAsync(params string[] arguments) =>
        PythiaProcess.RunAsync([.. arguments, "--store", Store]);
}

/// <summary>The verbs that look at a finished sweep.</summary>
public sealed class SweepCommandTests(SweptSuite sweep) : IClassFixture<SweptSuite>
{
    private static readonly byte[] PngMark = [0x89, (byte)'P', (byte)'N', (byte)'G'];

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Verify_NamesWhatIsDamagedOnceAndWhatIsMissing()
    {
        var (code, output, errors) = await sweep.RunAsync("verify", "tiny");
        Assert.True(code == 0, output + errors);
        Assert.Contains(
            $"{sweep.Suite.Results} of {sweep.Suite.Results} results are sound",
            output,
            StringComparison.Ordinal);

        var results = new ResultStore(BlobStores.Open(sweep.Store));
        var keys = (await results.ListAsync("tiny-a", Stop)).Where(
            key => key.Analysis.Name == "weight-moments").OrderBy(key => key.Checkpoint).ToArray();
        var (damaged, absent) = (Path.Combine(sweep.Store, keys[1].Path), Path.Combine(sweep.Store, keys[2].Path));
        var (whole, kept) = (await File.ReadAllBytesAsync(damaged, Stop), await File.ReadAllBytesAsync(absent, Stop));
        try
        {
            await File.WriteAllBytesAsync(damaged, whole[..^1], Stop);
            (code, output, _) = await sweep.RunAsync("verify", "tiny", "--json");
            Assert.Equal(1, code);
            using (var report = JsonDocument.Parse(output))
            {
                var problem = Assert.Single(report.RootElement.GetProperty("damaged").EnumerateArray()).GetString();
                Assert.StartsWith(keys[1].Path, problem, StringComparison.Ordinal);
                Assert.Contains("--repair", problem, StringComparison.Ordinal);
            }

            await File.WriteAllBytesAsync(damaged, whole, Stop);
            File.Delete(absent);
            (code, output, _) = await sweep.RunAsync("verify", "tiny", "--json");
            using (var report = JsonDocument.Parse(output))
            {
                Assert.Single(report.RootElement.GetProperty("missing").EnumerateArray());
            }

            Assert.NotEqual(0, code);
        }
        finally
        {
            await File.WriteAllBytesAsync(damaged, whole, Stop);
            await File.WriteAllBytesAsync(absent, kept, Stop);
        }
    }

    [Fact]
    public async Task Why_OfADoneCheckpoint_SaysWhoMadeEachResult()
    {
        var (code, output, errors) = await sweep.RunAsync("why", "tiny-b@step20", "--json");
        Assert.True(code == 0, errors);
        using var explained = JsonDocument.Parse(output);
        Assert.Equal(TinySuite.Analyses, explained.RootElement.GetArrayLength());
        Assert.All(
            explained.RootElement.EnumerateArray(),
            one => Assert.StartsWith("computed on ", one.GetProperty("reasons")[0].GetString(), StringComparison.Ordinal));

        (code, _, errors) = await sweep.RunAsync("why", "tiny-b@step25");
        Assert.Equal(2, code);
        Assert.Contains("No sweep", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Plot_WithoutAName_ListsWhatCanBePlotted_AndEachOfThemCan()
    {
        var (code, output, errors) = await sweep.RunAsync("plot", "tiny");
        Assert.True(code == 0, errors);
        var plots = output.Split(
            '\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line[..line.IndexOf(':', StringComparison.Ordinal)]).ToArray();
        Assert.Contains("weight-moments-norm", plots);
        foreach (var plot in plots)
        {
            var svg = Path.Combine(sweep.Suite.Folder, plot + ".svg");
            (code, _, errors) = await sweep.RunAsync("plot", "tiny", plot, "--out", svg);
            Assert.True(code == 0, $"{plot}: {errors}");
            Assert.StartsWith("<svg", (await File.ReadAllTextAsync(svg, Stop)).TrimStart(), StringComparison.Ordinal);
        }

        var png = Path.Combine(sweep.Suite.Folder, "norms.png");
        (code, _, errors) = await sweep.RunAsync("plot", "tiny", "weight-moments-norm", "--out", png);
        Assert.True(code == 0, errors);
        Assert.Equal(PngMark, (await File.ReadAllBytesAsync(png, Stop))[..4]);
    }

    [Fact]
    public async Task Plot_OfNothingKnown_SaysWhatThereIs()
    {
        var (code, _, errors) = await sweep.RunAsync(
            "plot", "tiny", "norms-of-nothing", "--out", Path.Combine(sweep.Suite.Folder, "nothing.png"));
        Assert.Equal(2, code);
        Assert.Contains("norms-of-nothing", errors, StringComparison.Ordinal);
        Assert.Contains("weight-moments-norm", errors, StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(sweep.Suite.Folder, "nothing.png")));
    }

    [Fact]
    public async Task Animate_WritesAFrameForEachCheckpoint()
    {
        var (_, output, _) = await sweep.RunAsync("animate", "tiny");
        var plot = output.Split('\n').First(
            line => line.Contains("istogram", StringComparison.Ordinal)
                || line.Contains("istribution", StringComparison.Ordinal)).Split(':')[0];
        var file = Path.Combine(sweep.Suite.Folder, "film.apng");
        var (code, said, errors) = await sweep.RunAsync("animate", "tiny", plot, "--out", file);
        Assert.True(code == 0, errors);
        Assert.Contains($"({sweep.Suite.Steps.Count} frames)", said, StringComparison.Ordinal);
        var bytes = await File.ReadAllBytesAsync(file, Stop);
        Assert.Equal(PngMark, bytes[..4]);
        Assert.Equal(sweep.Suite.Steps.Count, Count(bytes, "fcTL"u8)); // a frame control chunk each
    }

    [Fact]
    public async Task Compare_WithAnotherSweepOfTheSameCheckpoints_FindsNoDifference()
    {
        var (code, _, errors) = await PythiaProcess.RunAsync([.. sweep.Suite.SweepArguments("elsewhere"), "--device", "cpu"]);
        Assert.True(code == 0, errors);
        (code, var output, errors) = await sweep.RunAsync(
            "compare", "tiny", "--reference", "tiny", "--reference-store", sweep.Suite.Store("elsewhere"), "--json");
        Assert.True(code == 0, errors);
        using var report = JsonDocument.Parse(output);
        Assert.True(report.RootElement.GetProperty("values").GetInt32() > 100, output);
        Assert.Equal(0, report.RootElement.GetProperty("different").GetInt32());

        (code, _, errors) = await sweep.RunAsync("compare", "tiny");
        Assert.Equal(2, code);
        Assert.Contains("share no value", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Published_CanBeJudgedForecastAndBroken()
    {
        var (code, output, errors) = await PythiaProcess.RunAsync("forecast", "published", "--json");
        Assert.True(code == 0, errors);
        using (var forecast = JsonDocument.Parse(output))
        {
            Assert.StartsWith(
                "The forecasts beat both simple rules on 569 of 840 series: the majority.",
                forecast.RootElement.GetProperty("verdict").GetString(),
                StringComparison.Ordinal);
            Assert.NotEmpty(forecast.RootElement.GetProperty("forecasts").EnumerateArray());
        }

        (code, output, errors) = await PythiaProcess.RunAsync("budget", "--published", "--components", "embed_in", "--json");
        Assert.True(code == 0, errors);
        using (var budget = JsonDocument.Parse(output))
        {
            Assert.Equal(5, budget.RootElement.GetProperty("budgets").GetArrayLength());
        }

        (code, output, errors) = await PythiaProcess.RunAsync(
            "changepoints", "published", "--model", "pythia-70m", "--component", "mlp.dense_4h_to_h", "--json");
        Assert.True(code == 0, errors);
        using (var broken = JsonDocument.Parse(output))
        {
            Assert.Equal(6, broken.RootElement.EnumerateArray().Count(curve => curve.GetProperty("parameter").GetString() == "weight"));
        }
    }

    private static int Count(ReadOnlySpan<byte> bytes, ReadOnlySpan<byte> mark)
    {
        var count = 0;
        for (var at = bytes.IndexOf(mark); at >= 0; at = bytes.IndexOf(mark))
        {
            count++;
            bytes = bytes[(at + mark.Length)..];
        }

        return count;
    }
}
