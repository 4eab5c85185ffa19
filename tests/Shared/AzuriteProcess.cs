using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace PythiaOrleans.Testing;

/// <summary>One service of Microsoft's storage emulator in its own process, as <c>test.sh</c> installs it under <c>.tools/</c>.</summary>
/// <param name="service">The service in the emulator's options: <c>blob</c> or <c>table</c>.</param>
/// <param name="options">Further options.</param>
public abstract class AzuriteProcess(string service, params string[] options) : IAsyncLifetime
{
    // The emulator's account is the same everywhere and is no secret.
    protected const string Account = "devstoreaccount1";
    private const string Key = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

    private readonly TemporaryFolder _folder = new();
    private Process? _process;

    /// <summary>The account and its key, to be followed by where the services are.</summary>
    protected static string Credentials => $"DefaultEndpointsProtocol=http;AccountName={Account};AccountKey={Key};";

    protected int Port { get; private set; }

    public async ValueTask InitializeAsync()
    {
        Port = Ports.FindFree();
        await StartAgainAsync();
    }

    /// <summary>
    /// SIGTERM, as an outage of the service: it writes its index before it ends. Killed, the emulator forgets what it has acknowledged,
    /// which the real service does not.
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

    /// <summary>On the same port, with what is there.</summary>
    public async Task StartAgainAsync()
    {
        string[] arguments =
        [
            $"--{service}Host", "127.0.0.1", $"--{service}Port", $"{Port}", "--location", _folder.Root, "--silent", "--disableTelemetry",
            .. options,
        ];
        _process = Process.Start(new ProcessStartInfo(Command(), arguments)
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
                await client.ConnectAsync(IPAddress.Loopback, Port);
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
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }

    private string Command()
    {
        for (var at = new DirectoryInfo(AppContext.BaseDirectory); at is not null; at = at.Parent)
        {
            var found = Path.Combine(at.FullName, ".tools", "node_modules", ".bin", $"azurite-{service}");
            if (File.Exists(found))
            {
                return found;
            }
        }

        throw new FileNotFoundException("Azurite is not installed: run ./test.sh, which brings it to .tools/ through npm.");
    }
}
