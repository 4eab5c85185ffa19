using System.Diagnostics;
using System.Globalization;
using System.IO.Compression;
using System.Text.Json;
using System.Text.RegularExpressions;
using PythiaOrleans.Testing;

namespace PythiaOrleans.EndToEnd.Tests;

/// <summary>The plugin of samples/, as a user builds and runs it: from <c>pythia sweep --plugin</c> to the report.</summary>
public sealed class PluginTests : IDisposable
{
    private const string Sample = "NormRatio";

    private readonly TinySuite _suite = new(steps: 3);

    [Fact]
    public async Task Sample_IsSweptAndReported()
    {
        var plugin = await BuildAsync();
        string[] arguments = [.. _suite.SweepArguments("store").SkipLast(1), "norm-ratio,weight-moments", "--plugin", plugin];
        await SucceedAsync(arguments);

        // The formula once more, from another analysis's numbers.
        var ratios = await SeriesAsync(plugin, "norm-ratio", "ratio,ratio_to_final");
        var norms = await SeriesAsync(plugin, "weight-moments", "norm");
        Assert.Equal(_suite.Shards, ratios.Count);
        foreach (var row in ratios)
        {
            double Norm(string component) =>
                Number(norms.Single(other => IsOf(other, row["model"], row["step"]) && other["component"] == component), "norm");
            Assert.Equal(Norm("embed_in") / Norm("embed_out"), Number(row, "ratio"), 1e-9);
            var final = ratios.Single(other => IsOf(other, row["model"], $"{_suite.Steps[^1]}"));
            Assert.Equal(Number(row, "ratio") / Number(final, "ratio"), Number(row, "ratio_to_final"), 1e-12);
        }

        await SucceedAsync("report", "tiny", "--store", _suite.Store("store"), "--plugin", plugin);
        var page = await File.ReadAllTextAsync(
            Path.Combine(_suite.Store("store"), "report", "tiny", "report.html"), TestContext.Current.CancellationToken);
        using var data = Unpack(page);
        var section = data.RootElement.GetProperty("sections")
            .EnumerateArray()
            .Single(section => section.GetProperty("id").GetString() == "norm-ratio");
        var plots = section.GetProperty("plots").EnumerateArray().ToDictionary(plot => plot.GetProperty("id").GetString()!);
        Assert.Equal(TinySuite.Models.Count, LinesOf(plots["norm-ratio-ratio_to_final"]).Count());
        var heat = plots["norm-ratio-cosines"].GetProperty("groups")[0].GetProperty("frames")[0].GetProperty("lines")[0];
        Assert.Equal(48 * 47 / 2, heat.GetProperty("cells").GetBytesFromBase64().Length);
    }

    [Fact]
    public async Task WorkerWithoutThePlugin_LeavesItsTasksToOneThatHasIt()
    {
        var plugin = await BuildAsync();
        await using var bed = await ClusterFixture.StartAsync(_suite, workers: 1);
        bed.Add("Worker", $"Plugins:0={plugin}");
        await bed.UntilUpAsync();

        string[] arguments = [.. _suite.SweepArguments(bed.Store).SkipLast(1), "norm-ratio,weight-moments", "--plugin", plugin];
        var (code, _, errors) = await PythiaProcess.RunAsync([.. arguments, "--cluster", bed.Redis.Connection]);

        Assert.True(code == 0, errors + bed.Log);
        string[] results = [.. StoreFiles.Digests(bed.Store).Keys.Where(name => name.StartsWith("results", StringComparison.Ordinal))];
        Assert.Equal(_suite.Shards, results.Count(name => name.Contains("norm-ratio", StringComparison.Ordinal)));
        Assert.Equal(_suite.Shards, results.Count(name => name.Contains("weight-moments", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Report_WithoutThePlugin_SaysWhatItLeavesOut()
    {
        var plugin = await BuildAsync();
        await SucceedAsync([.. _suite.SweepArguments("store").SkipLast(1), "norm-ratio", "--plugin", plugin]);
        var errors = await SucceedAsync("report", "tiny", "--store", _suite.Store("store"));
        Assert.Contains("leaves out norm-ratio", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task PluginThatIsNotThere_IsAnErrorOfTheCommandLine()
    {
        var (code, _, errors) = await PythiaProcess.RunAsync([.. _suite.SweepArguments("store"), "--plugin", "absent.dll"]);
        Assert.Equal(2, code);
        Assert.Contains("absent.dll: expected a .NET assembly, found no file", errors, StringComparison.Ordinal);
    }

    public void Dispose() => _suite.Dispose();

    private async Task<IReadOnlyList<Dictionary<string, string>>> SeriesAsync(string plugin, string analysis, string columns)
    {
        var (code, output, errors) = await PythiaProcess.RunAsync(
            "series", "tiny", "--store", _suite.Store(
                "store"), "--analysis", analysis, "--columns", columns, "--format", "jsonl", "--plugin", plugin);
        Assert.True(code == 0, errors);
        return
        [
            .. output.Split('\n', StringSplitOptions.RemoveEmptyEntries)
                .Select(
                    line =>
                        JsonSerializer.Deserialize<Dictionary<string, JsonElement>>(line)!.ToDictionary(
                            cell => cell.Key, cell => cell.Value.ToString())),
        ];
    }

    // The page holds its data as packed JSON.
    private static JsonDocument Unpack(string page)
    {
        var packed = Regex.Match(page, "<script[^>]*id=\"data\"[^>]*>([A-Za-z0-9+/=]+)</script>").Groups[1].Value;
        using var json = new GZipStream(new MemoryStream(Convert.FromBase64String(packed)), CompressionMode.Decompress);
        return JsonDocument.Parse(json);
    }

    private static IEnumerable<JsonElement> LinesOf(JsonElement plot) =>
        plot.GetProperty("groups").EnumerateArray().SelectMany(group => group.GetProperty("lines").EnumerateArray());

    private static bool IsOf(Dictionary<string, string> row, string model, string step) => row["model"] == model && row["step"] == step;

    private static double Number(Dictionary<string, string> row, string column) => double.Parse(row[column], CultureInfo.InvariantCulture);

    private static async Task<string> SucceedAsync(params string[] arguments)
    {
        var (code, _, errors) = await PythiaProcess.RunAsync(arguments);
        Assert.True(code == 0, errors);
        return errors;
    }

    // Against the product's assemblies as these tests were built.
    private static async Task<string> BuildAsync()
    {
        var (configuration, framework) = (Path.GetFileName(Path.GetDirectoryName(Here))!, Path.GetFileName(Here));
        var project = Path.GetFullPath(Path.Combine(Here, "../../../../../samples", Sample));
        var start = new ProcessStartInfo(
            "dotnet", ["build", project, "-c", configuration, "-v", "quiet", "-p:BuildProjectReferences=false"]);
        start.Environment["MSBUILDDISABLENODEREUSE"] = "1"; // or a node would keep the output open
        var (code, output, errors) = await Programs.RunAsync(start);
        Assert.True(code == 0, output + errors);
        return Path.Combine(project, "bin", configuration, framework, $"{Sample}.dll");
    }

    private static string Here => Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory);
}
