using PythiaOrleans.Testing;

namespace PythiaOrleans.EndToEnd.Tests;

/// <summary>A tiny suite, swept, and its report.</summary>
public sealed class TinyReport : IAsyncLifetime
{
    private readonly TinySuite _suite = new(steps: 12);

    /// <summary>Where a browser finds the report.</summary>
    public string Address => new Uri(Path.Combine(_suite.Store("report"), "report.html")).AbsoluteUri;

    public async ValueTask InitializeAsync()
    {
        await RunAsync(_suite.SweepArguments("store"));
        await RunAsync("report", "tiny", "--store", _suite.Store("store"), "--out", _suite.Store("report"));
    }

    /// <summary>Draws one of its plots by a command.</summary>
    /// <returns>The file.</returns>
    public async Task<string> PlotAsync(string plot, params string[] options)
    {
        var file = _suite.Store($"{plot}.svg");
        await RunAsync(["plot", "tiny", plot, .. options, "--store", _suite.Store("store"), "--out", file]);
        return file;
    }

    public ValueTask DisposeAsync()
    {
        _suite.Dispose();
        return ValueTask.CompletedTask;
    }

    private static async Task RunAsync(params string[] arguments)
    {
        var (code, _, errors) = await PythiaProcess.RunAsync(arguments);
        Assert.True(code == 0, errors);
    }
}
