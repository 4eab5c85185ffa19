using PythiaOrleans.Testing;

namespace PythiaOrleans.EndToEnd.Tests;

/// <summary>
/// What a short command loads. libtorch is half a gigabyte and a silo has hundreds of types: a process that only lists needs neither.
/// </summary>
public sealed class StartTests : IDisposable
{
    private static readonly string[] Heavy =
    [
        "TorchSharp", "libLibTorchSharp.so", "libtorch_cpu.so", "Orleans.Runtime", "Orleans.Dashboard", "StackExchange.Redis", "ScottPlot",
        "libSkiaSharp.so",
    ];

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>The list of what is loaded, at the end of a process: a sweep needs some of it, a command that lists none.</summary>
    [Fact]
    public async Task ShortCommands_LoadNeitherLibtorchNorASilo()
    {
        using var suite = new TinySuite(steps: 1);
        var swept = await LoadedAsync(suite.SweepArguments("store"));
        Assert.Superset(new HashSet<string> { "TorchSharp", "libtorch_cpu.so", "Orleans.Runtime" }, swept);

        foreach (var command in new string[][]
        {
            ["--help"], ["models"], ["status", "--store", suite.Store("store")], ["status", "tiny", "--store", suite.Store("store")],
            ["series", "tiny", "--analysis", "weight-moments", "--store", suite.Store("store")],
        })
        {
            var loaded = await LoadedAsync(command);
            Assert.Contains("pythia", loaded);
            Assert.True(!loaded.Overlaps(Heavy), $"{string.Join(' ', command)} loads {string.Join(", ", loaded.Intersect(Heavy))}");
        }
    }

    /// <summary>Counting, distances, fits and digests are our own code: libtorch would take a quarter of a second, and memory.</summary>
    [Fact]
    public async Task SweepsOfWhatIsCountedOnTheHost_DoNotLoadLibtorch()
    {
        using var suite = new TinySuite(steps: 2);
        var arguments = suite.SweepArguments("store");
        arguments[^1] = "weight-moments,weight-distance,weight-distribution,weight-tails,tensor-digests,integrity";
        var loaded = await LoadedAsync(arguments);
        Assert.Contains("Orleans.Runtime", loaded);
        Assert.DoesNotContain("libtorch_cpu.so", loaded);
    }

    private async Task<HashSet<string>> LoadedAsync(string[] command)
    {
        var list = _folder["loaded"];
        File.Delete(list);
        var (code, _, errors) = await PythiaProcess.RunAsync(
            new Dictionary<string, string>
            {
                ["DOTNET_STARTUP_HOOKS"] = Path.Combine(AppContext.BaseDirectory, "faulty-silo.dll"),
                ["PYTHIA_TEST_LOADED"] = list,
            },
            command);
        Assert.True(code == 0, errors);
        return [.. await File.ReadAllLinesAsync(list, TestContext.Current.CancellationToken)];
    }
}
