using System.Diagnostics;
using System.Reflection;
using PythiaOrleans.Testing;

namespace PythiaOrleans.EndToEnd.Tests;

/// <summary>What <c>dotnet pack</c> makes can be installed from a folder, and computes: docs/install.md.</summary>
public sealed class InstallTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>Packs what the suite has built, so that only the command itself is compiled again.</summary>
    [Fact]
    public async Task Tool_PackedAndInstalledFromAFolder_SaysItsVersionAndSweeps()
    {
        var project = Path.Combine(SharedData.Repository, "src", "PythiaOrleans.Cli");
        await DotnetAsync(
            "pack", project, "-c", "Release", "--no-restore", "-v", "quiet", "-o", _folder["feed"], "-p:BuildProjectReferences=false",
            "-p:RunAnalyzers=false");
        await DotnetAsync("tool", "install", "pythia-orleans", "--tool-path", _folder["tools"], "--source", _folder["feed"]);

        var pythia = Path.Combine(_folder["tools"], "pythia");
        var (code, output, errors) = await RunAsync(pythia, "--version");
        Assert.True(code == 0, errors);
        var built = AssemblyName.GetAssemblyName(Path.Combine(AppContext.BaseDirectory, "pythia.dll"));
        Assert.Equal(built.Version!.ToString(3), output.Trim());

        using var suite = new TinySuite(steps: 2);
        (code, output, errors) = await RunAsync(pythia, suite.SweepArguments("store")); // spectra need libtorch
        Assert.True(code == 0, errors);
        Assert.Contains($"{suite.Shards} computed, 0 failed", output, StringComparison.Ordinal);
        Assert.Equal(
            suite.Shards,
            Directory.EnumerateFiles(suite.Store("store"), "weight-spectrum-*.parquet", SearchOption.AllDirectories).Count());
    }

    private async Task DotnetAsync(params string[] arguments)
    {
        var (code, output, errors) = await RunAsync("dotnet", arguments);
        Assert.True(code == 0, output + errors);
    }

    private Task<(int Code, string Output, string Errors)> RunAsync(string program, params string[] arguments)
    {
        // Outside of the repository: else its global.json and its tools count.
        var start = new ProcessStartInfo(program, arguments) { WorkingDirectory = _folder.Root };
        start.Environment["NO_COLOR"] = "1";
        start.Environment["DOTNET_NOLOGO"] = "1";
        return Programs.RunAsync(start);
    }
}
