using System.Diagnostics;
using System.Globalization;
using PythiaOrleans.Testing;

namespace PythiaOrleans.EndToEnd.Tests;

/// <summary><c>scripts/cluster</c>: what it starts, it stops.</summary>
public sealed class ClusterScriptTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>Workers leave first, then the control silo, each by its own decision; nothing is left running.</summary>
    [Fact]
    public async Task Down_StopsTheSilosBeforeWhatTheyStandOn_AndLeavesNothing()
    {
        var (code, output) = await RunAsync("up", "1", _folder.Root);
        Process[] started = [];
        try
        {
            Assert.True(code == 0, output);
            string[] names = ["azurite", "control", "redis", "worker-1"];
            var pids = Directory.GetFiles(_folder["pids"]);
            Assert.Equal(names, pids.Select(file => Path.GetFileName(file)).Order(StringComparer.Ordinal));
            started = Array.ConvertAll(
                pids, file => Process.GetProcessById(int.Parse(File.ReadAllText(file), CultureInfo.InvariantCulture)));

            (code, output) = await RunAsync("down", _folder.Root);

            Assert.True(code == 0, output);
            Assert.Contains("stopped;", output, StringComparison.Ordinal);
            Assert.All(started, process => Assert.True(process.HasExited));
            Assert.Empty(Directory.GetFiles(_folder["pids"]));
            var log = await File.ReadAllTextAsync(_folder["control.log"], TestContext.Current.CancellationToken);
            Assert.DoesNotContain("RedisConnectionException", log, StringComparison.Ordinal);
        }
        finally
        {
            foreach (var process in started)
            {
                process.Kill();
                process.Dispose();
            }
        }
    }

    private static async Task<(int Code, string Output)> RunAsync(params string[] arguments)
    {
        var start = new ProcessStartInfo(Path.Combine(SharedData.Repository, "scripts", "cluster"), arguments);
        start.Environment["PYTHIA_CLUSTER_PROGRAM"] = Path.Combine(AppContext.BaseDirectory, "pythia");
        foreach (var port in new[] { "REDIS", "BLOB", "HTTP" })
        {
            start.Environment[$"PYTHIA_CLUSTER_{port}_PORT"] = Port(port).ToString(CultureInfo.InvariantCulture);
        }

        var (code, output, errors) = await Programs.RunAsync(start);
        return (code, output + errors);
    }

    private static readonly Dictionary<string, int> Ports = [];

    // The script is told the same ones each time.
    private static int Port(string of) => Ports.TryGetValue(of, out var port) ? port : Ports[of] = Testing.Ports.FindFree();
}
