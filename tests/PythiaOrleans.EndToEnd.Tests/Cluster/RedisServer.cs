using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using PythiaOrleans.Server.Configuration;
using PythiaOrleans.Testing;

namespace PythiaOrleans.EndToEnd.Tests;

/// <summary>A real Redis in its own process and folder, which can be killed and started again on its port.</summary>
internal sealed class RedisServer(string folder, bool persistent = true, SiloTlsOptions? tls = null) : IDisposable
{
    private Process? _process;

    public int Port { get; } = Ports.FindFree();

    public string Connection => tls is null ? $"127.0.0.1:{Port}" : $"rediss://127.0.0.1:{Port}/0";

    public async Task StartAsync()
    {
        Directory.CreateDirectory(folder);
        var start = new ProcessStartInfo(
            "redis-server",
            [
                .. Listen(), "--bind", "127.0.0.1", "--dir", folder, "--save", "", "--appendonly",
                persistent ? "yes" : "no", "--appendfsync", "always",
            ])
        {
            RedirectStandardOutput = true,
        };
        try
        {
            _process = Process.Start(start)!;
        }
        catch (System.ComponentModel.Win32Exception error)
        {
            throw new FileNotFoundException(
                "redis-server is not installed: run ./test.sh as root, or install the package redis-server.", error);
        }

        _process.OutputDataReceived += (_, _) => { };
        _process.BeginOutputReadLine();
        await Servers.UntilListeningAsync(Port, _process);
    }

    /// <summary>SIGKILL: what was not written to its log is lost.</summary>
    public void Kill()
    {
        _process!.Kill();
        _process.WaitForExit();
    }

    /// <summary>What a Redis without persistence does when it restarts.</summary>
    public void Forget() => Send("FLUSHALL");

    public void Set(string key, string value) => Send("SET", key, value);

    public void Configure(string setting, string value) => Send("CONFIG", "SET", setting, value);

    // It asks for a client's certificate, and lets those in who have none.
    private string[] Listen() => tls is null
        ? ["--port", $"{Port}"]
        :
        [
            "--port", "0", "--tls-port", $"{Port}", "--tls-cert-file", tls.Certificate!, "--tls-key-file", tls.Key!,
            "--tls-ca-cert-file", tls.Authority!, "--tls-auth-clients", "optional",
        ];

    private void Send(params string[] words)
    {
        using var client = new TcpClient();
        client.Connect(IPAddress.Loopback, Port);
        using var stream = client.GetStream();
        var command = string.Concat(words.Select(word => $"${Encoding.UTF8.GetByteCount(word)}\r\n{word}\r\n"));
        stream.Write(Encoding.UTF8.GetBytes($"*{words.Length}\r\n{command}"));
        if (stream.ReadByte() != '+')
        {
            throw new InvalidOperationException($"Redis refused {words[0]}.");
        }
    }

    public void Dispose()
    {
        if (_process is { HasExited: false })
        {
            Kill();
        }

        _process?.Dispose();
    }
}
