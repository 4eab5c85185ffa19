using System.Diagnostics;

namespace PythiaOrleans.Checkpoints.Tests;

/// <summary>
/// Another process that holds a lock as the Python tools do, until it is disposed: a test that fails leaves no process behind.
/// </summary>
internal sealed class LockHolder : IAsyncDisposable
{
    private readonly Process _process;

    private LockHolder(Process process) => _process = process;

    /// <summary>Starts flock(1), which says when it has the lock.</summary>
    /// <param name="kind"><c>--shared</c> or <c>--exclusive</c>.</param>
    /// <param name="path">The lock's file.</param>
    public static async Task<LockHolder> StartAsync(string kind, string path)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        // cat ends when its input does, and that closes with this process: even a killed test run leaves nothing behind.
        var start = new ProcessStartInfo(
            "flock",
            ["--no-fork", kind, path, "sh", "-c", "echo held; exec cat"])
        { RedirectStandardOutput = true, RedirectStandardInput = true };
        var holder = new LockHolder(Process.Start(start)!);
        try
        {
            Assert.Equal("held", await holder._process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken));
            return holder;
        }
        catch
        {
            await holder.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync(CancellationToken.None);
        }
    }
}
