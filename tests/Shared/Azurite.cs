using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace PythiaOrleans.Testing;

/// <summary>Microsoft's emulator of blob storage in its own process, as <c>test.sh</c> installs it under <c>.tools/</c>.</summary>
public sealed class Azurite : IAsyncLifetime
{
    // The emulator's account is the same everywhere and is no secret.
    private const string Account = "devstoreaccount1";
    private const string Key = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

    private readonly TemporaryFolder _folder = new();
    private Process? _process;
    private int _port;

    public string ConnectionString { get; private set; } = "";

    public Uri Endpoint => new($"http://127.0.0.1:{_port}/{Account}");

    public async ValueTask InitializeAsync()
    {
        _port = FreePort();
        ConnectionString = $"DefaultEndpointsProtocol=http;AccountName={Account};AccountKey={Key};BlobEndpoint={Endpoint};";
        await StartAgainAsync();
    }

    /// <summary>
    /// SIGTERM: it writes its index before it ends. Killed, the emulator forgets blobs that it has acknowledged, which the real service
    /// does not.
    /// </summary>
    public void Stop()
    {
        if (_process is { HasExited: false })
        {
            using var kill = Process.Start("kill", [$"{_process.Id}"]);
            kill.WaitForExit();
            _process.WaitForExit();
        }
    }

    /// <summary>On the same port, with the blobs that are there.</summary>
    public async Task StartAgainAsync()
    {
        _process = Process.Start(new ProcessStartInfo(
            Command(),
            ["--blobHost", "127.0.0.1", "--blobPort", $"{_port}", "--location", _folder.Root, "--silent", "--disableTelemetry"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        _process.OutputDataReceived += (_, _) => { };
        _process.BeginOutputReadLine();
        for (var patience = Stopwatch.StartNew(); ; await Task.Delay(50))
        {
            try
            {
                using var client = new TcpClient();
                await client.ConnectAsync(IPAddress.Loopback, _port);
                return;
            }
            catch (SocketException) when (patience.Elapsed < TimeSpan.FromMinutes(1) && !_process.HasExited)
            {
                // Not listening yet.
            }
        }
    }

    public ValueTask DisposeAsync()
    {
        Stop();
        _process?.Dispose();
        _folder.Dispose();
        return ValueTask.CompletedTask;
    }

    private static string Command()
    {
        for (var at = new DirectoryInfo(AppContext.BaseDirectory); at is not null; at = at.Parent)
        {
            var found = Path.Combine(at.FullName, ".tools", "node_modules", ".bin", "azurite-blob");
            if (File.Exists(found))
            {
                return found;
            }
        }

        throw new FileNotFoundException("Azurite is not installed: run ./test.sh, which brings it to .tools/ through npm.");
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
