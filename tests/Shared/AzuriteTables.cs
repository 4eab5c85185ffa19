using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace PythiaOrleans.Testing;

/// <summary>Microsoft's emulator of table storage in its own process: it comes with <see cref="Azurite"/>.</summary>
public sealed class AzuriteTables : IAsyncLifetime
{
    // The emulator's account is the same everywhere and is no secret.
    private const string Account = "devstoreaccount1";
    private const string Key = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

    private readonly TemporaryFolder _folder = new();
    private Process? _process;
    private int _port;

    /// <summary>What a connection string says of the tables, to be added to one of the blobs, or alone.</summary>
    public string Endpoint => $"TableEndpoint=http://127.0.0.1:{_port}/{Account};";

    public string ConnectionString => $"DefaultEndpointsProtocol=http;AccountName={Account};AccountKey={Key};{Endpoint}";

    public async ValueTask InitializeAsync()
    {
        using (var listener = new TcpListener(IPAddress.Loopback, 0))
        {
            listener.Start();
            _port = ((IPEndPoint)listener.LocalEndpoint).Port;
        }

        await StartAgainAsync();
    }

    /// <summary>SIGTERM, as an outage of the service: what was written stays.</summary>
    public void Stop()
    {
        if (_process is { HasExited: false })
        {
            using var kill = Process.Start("kill", [$"{_process.Id}"]);
            kill.WaitForExit();
            _process.WaitForExit();
        }
    }

    /// <summary>On the same port, with the tables that are there.</summary>
    public async Task StartAgainAsync()
    {
        _process = Process.Start(new ProcessStartInfo(
            Command(), ["--tableHost", "127.0.0.1", "--tablePort", $"{_port}", "--location", _folder.Root, "--silent", "--disableTelemetry",
                "--skipApiVersionCheck"])
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
            var found = Path.Combine(at.FullName, ".tools", "node_modules", ".bin", "azurite-table");
            if (File.Exists(found))
            {
                return found;
            }
        }

        throw new FileNotFoundException("Azurite is not installed: run ./test.sh, which brings it to .tools/ through npm.");
    }
}
