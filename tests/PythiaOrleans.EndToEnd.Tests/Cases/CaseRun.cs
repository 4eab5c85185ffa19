using PythiaOrleans.Testing;

namespace PythiaOrleans.EndToEnd.Tests;

/// <summary>One case of shared/cases: its input in a folder of its own, and the commands of its README.</summary>
internal sealed class CaseRun : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly Dictionary<string, string> _environment = new()
    {
        ["HF_ENDPOINT"] = "",
        ["HF_HOME"] = "",
        ["HF_HUB_CACHE"] = "",
        ["HF_HUB_OFFLINE"] = "",
        ["HF_TOKEN"] = "",
        ["AZURE_STORAGE_CONNECTION_STRING"] = "",
    };

    private CaseRun() => _environment["HF_HOME"] = _folder["hf"];

    /// <summary>What the case's script wrote.</summary>
    public string Input => _folder["out"];

    /// <summary>The store of the commands.</summary>
    public string Store => _folder["store"];

    /// <summary>A folder of the test's own.</summary>
    public string Root => _folder.Root;

    public static async Task<CaseRun> MakeAsync(string name)
    {
        var run = new CaseRun();
        await CaseFolder.MakeAsync(name, run.Input);
        return run;
    }

    /// <summary>Sets a variable of the commands that follow.</summary>
    public void Set(string variable, string value) => _environment[variable] = value;

    /// <summary>Starts the case's hub.</summary>
    public async Task<FakeHub> StartHubAsync(params string[] flags)
    {
        var hub = await FakeHub.StartAsync(Path.Combine(Input, "hub"), Root, flags);
        Set("HF_ENDPOINT", hub.Endpoint.AbsoluteUri);
        return hub;
    }

    /// <summary>Runs a command on the case's store.</summary>
    public Task<(int Code, string Output, string Errors)> RunAsync(params string[] arguments) =>
        PythiaProcess.RunAsync(_environment, [.. arguments, "--store", Store]);

    /// <summary>Runs a command that names its store itself.</summary>
    public Task<(int Code, string Output, string Errors)> RunBareAsync(params string[] arguments) =>
        PythiaProcess.RunAsync(_environment, arguments);

    /// <summary>Starts a command on the case's store and does not wait for it.</summary>
    public PythiaProcess Start(params string[] arguments) => PythiaProcess.Start(_environment, [.. arguments, "--store", Store]);

    /// <summary>Runs a sweep.</summary>
    public Task<(int Code, string Output, string Errors)> SweepAsync(
        string source, string models, string steps, string analyses, params string[] others) =>
        RunAsync(["sweep", "--source", source, "--models", models, "--steps", steps, "--name", "s", "--analyses", analyses, .. others]);

    /// <summary>The lines of a series as CSV, the first one its header.</summary>
    public async Task<string[][]> ReadSeriesAsync(string analysis, string columns)
    {
        var (code, output, errors) = await RunAsync("series", "s", "--analysis", analysis, "--columns", columns);
        Assert.True(code == 0, errors);
        return [.. output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Trim().Split(','))];
    }

    public void Dispose() => _folder.Dispose();
}
