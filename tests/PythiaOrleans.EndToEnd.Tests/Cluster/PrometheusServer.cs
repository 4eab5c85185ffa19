using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using PythiaOrleans.Testing;

namespace PythiaOrleans.EndToEnd.Tests;

/// <summary>A real Prometheus that scrapes silos every second, under the label that the chart's PodMonitor gives them.</summary>
internal sealed class PrometheusServer : IDisposable
{
    private readonly Process _process;
    private readonly HttpClient _client;

    private PrometheusServer(Process process, int port)
    {
        _process = process;
        _client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}") };
    }

    public static async Task<PrometheusServer> StartAsync(string folder, string cluster, IEnumerable<Uri> silos)
    {
        Directory.CreateDirectory(folder);
        var port = Ports.FindFree();
        var configuration = Path.Combine(folder, "prometheus.yml");
        await File.WriteAllTextAsync(
            configuration,
            $"global: {{ scrape_interval: 1s }}\nscrape_configs:\n  - job_name: pythia\n    static_configs:\n"
            + $"      - {{ targets: [{string.Join(", ", silos.Select(silo => $"'{silo.Authority}'"))}], labels: {{ pythia_cluster: "
            + $"'{cluster}' }} }}\n");
        var start = new ProcessStartInfo(
            "prometheus",
            [
                $"--config.file={configuration}", $"--storage.tsdb.path={Path.Combine(folder, "data")}",
                $"--web.listen-address=127.0.0.1:{port}", "--log.level=error",
            ])
        {
            RedirectStandardError = true,
        };
        Process process;
        try
        {
            process = Process.Start(start)!;
        }
        catch (System.ComponentModel.Win32Exception error)
        {
            throw new FileNotFoundException(
                "prometheus is not installed: run ./test.sh as root, or install the package prometheus.", error);
        }

        process.ErrorDataReceived += (_, _) => { };
        process.BeginErrorReadLine();
        await Servers.UntilListeningAsync(port, process);
        var server = new PrometheusServer(process, port);
        await server.UntilReadyAsync();
        return server;
    }

    /// <summary>Runs a query now.</summary>
    /// <returns>One number for each series.</returns>
    /// <exception cref="InvalidOperationException">It is no query.</exception>
    public async Task<IReadOnlyList<double>> QueryAsync(string query)
    {
        using var answer = await _client.GetAsync(
            new Uri($"api/v1/query?query={Uri.EscapeDataString(query)}", UriKind.Relative), TestContext.Current.CancellationToken);
        using var document = JsonDocument.Parse(await answer.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken));
        return answer.IsSuccessStatusCode
            ? [.. document.RootElement.GetProperty("data").GetProperty("result").EnumerateArray().Select(
                series => double.Parse(series.GetProperty("value")[1].GetString()!, CultureInfo.InvariantCulture))]
            : throw new InvalidOperationException($"{query}: {document.RootElement.GetProperty("error")}");
    }

    public void Dispose()
    {
        _client.Dispose();
        if (!_process.HasExited)
        {
            _process.Kill();
            _process.WaitForExit();
        }

        _process.Dispose();
    }

    // It listens before it has opened its database, and until then answers every query with a plain "Service Unavailable".
    private async Task UntilReadyAsync()
    {
        while (true)
        {
            using var answer = await _client.GetAsync(new Uri("-/ready", UriKind.Relative), TestContext.Current.CancellationToken);
            if (answer.IsSuccessStatusCode)
            {
                return;
            }

            await Task.Delay(100, TestContext.Current.CancellationToken);
        }
    }
}
