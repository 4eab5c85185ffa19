using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace PythiaOrleans.EndToEnd.Tests;

/// <summary>Waits for servers of other processes.</summary>
internal static class Servers
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(3); // a busy machine is no fault

    public static async Task UntilListeningAsync(int port, Process process)
    {
        for (var patience = Stopwatch.StartNew(); ; await Task.Delay(50))
        {
            try
            {
                using var client = new TcpClient();
                await client.ConnectAsync(IPAddress.Loopback, port);
                return;
            }
            catch (SocketException) when (patience.Elapsed < Limit && !process.HasExited)
            {
                // Not listening yet.
            }
        }
    }

    /// <summary>Asks until the answer is yes; says what was waited for when it never is.</summary>
    public static async Task UntilAsync(Func<Task<bool>> isThere, Func<string> what, TimeSpan? most = null)
    {
        for (var patience = Stopwatch.StartNew(); !await isThere(); await Task.Delay(100, TestContext.Current.CancellationToken))
        {
            Assert.True(patience.Elapsed < (most ?? Limit), $"Waited {patience.Elapsed.TotalSeconds:0} s in vain for {what()}.");
        }
    }

    public static Task UntilAsync(Func<bool> isThere, Func<string> what, TimeSpan? most = null) =>
        UntilAsync(() => Task.FromResult(isThere()), what, most);
}
