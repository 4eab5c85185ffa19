using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace PythiaOrleans.Testing;

/// <summary>
/// The cases' hub in a process of its own: what the real one serves, and what proxies and mirrors make of it (shared/cases/fakehub.py).
/// </summary>
internal sealed class FakeHub : IAsyncDisposable
{
    private readonly Process _process;
    private readonly string _log;

    private FakeHub(Process process, int port, string log)
    {
        _process = process;
        _log = log;
        Endpoint = new Uri($"http://127.0.0.1:{port}");
    }

    public Uri Endpoint { get; }

    /// <summary>The lines of its log, one for each request.</summary>
    public string[] Requests => File.ReadAllLines(_log);

    /// <summary>Starts it.</summary>
    /// <param name="root">Holds <c>org/name/revision/files</c>.</param>
    /// <param name="logs">Where its log goes.</param>
    /// <param name="flags">What it does otherwise than the real one.</param>
    public static async Task<FakeHub> StartAsync(string root, string logs, params string[] flags)
    {
        var stop = TestContext.Current.CancellationToken;
        for (var attempt = 0; ; attempt++)
        {
            var port = Ports.FindFree(together: 2); // it listens on this one and the next
            var start = new ProcessStartInfo("python3", [Path.Combine(CaseFolder.Root, "fakehub.py"), root, $"{port}", .. flags]);
            start.Environment["HUBLOG"] = logs;
            var hub = new FakeHub(Process.Start(start)!, port, Path.Combine(logs, $"hub{port}.log"));
            if (await hub.AnswersAsync(stop))
            {
                return hub;
            }

            await hub.DisposeAsync();
            Assert.True(attempt < 5, "The fake hub does not start.");
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            await _process.WaitForExitAsync(CancellationToken.None);
        }

        _process.Dispose();
    }

    private async Task<bool> AnswersAsync(CancellationToken stop)
    {
        while (!_process.HasExited)
        {
            try
            {
                using var content = new TcpClient();
                await content.ConnectAsync(IPAddress.Loopback, Endpoint.Port + 1, stop);
                return true;
            }
            catch (SocketException)
            {
                await Task.Delay(20, stop);
            }
        }

        return false;
    }
}
