using System.Diagnostics;
using System.Net;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans;
using Orleans.Hosting;
using PythiaOrleans.Checkpoints;
using PythiaOrleans.Cluster;
using PythiaOrleans.Silo;

namespace PythiaOrleans.Cli;

/// <summary>The silo that works on a store: one of this process, or the one of another terminal, reached as a client.</summary>
internal sealed class LocalCluster : IAsyncDisposable
{
    private const string EndpointFile = "local-silo.json";
    private const string LocalId = "pythia-local";

    private static readonly TimeSpan ConnectLimit = TimeSpan.FromSeconds(5);

    private readonly IGrainFactory _grains;
    private readonly Func<ValueTask> _stop;

    private LocalCluster(IGrainFactory grains, Func<ValueTask> stop)
    {
        _grains = grains;
        _stop = stop;
    }

    /// <summary>The coordinator of a sweep.</summary>
    public ISweepGrain Sweep(string name) => _grains.GetGrain<ISweepGrain>(Names.Check(name, "sweep"));

    /// <summary>Joins the silo that works on the store already, else starts one in this process.</summary>
    public static async Task<LocalCluster> StartAsync(string store, ModelCatalog catalog, int workers, CancellationToken cancellationToken)
    {
        if (await TryConnectAsync(store, cancellationToken) is { } running)
        {
            Output.Note($"Another process works on {store} already; the sweep runs there.");
            return running;
        }

        Directory.CreateDirectory(store);
        var silo = await LocalSilo.StartAsync(store, catalog, workers, cancellationToken);
        var file = Path.Combine(store, EndpointFile);
        var endpoint = new Endpoint(Environment.ProcessId, silo.GatewayPort);
        await File.WriteAllTextAsync(file, JsonSerializer.Serialize(endpoint), cancellationToken);
        return new LocalCluster(silo.Grains, async () =>
        {
            if (Read(file) == endpoint)
            {
                File.Delete(file);
            }

            await silo.DisposeAsync();
        });
    }

    /// <summary>Joins the silo of another process that works on the store; null where there is none.</summary>
    public static async Task<LocalCluster?> TryConnectAsync(string store, CancellationToken cancellationToken)
    {
        if (Read(Path.Combine(store, EndpointFile)) is not { } endpoint || !IsAlive(endpoint.ProcessId))
        {
            return null; // none, or one that was killed and left its file
        }

        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Logging.SetMinimumLevel(LogLevel.None);
        builder.UseOrleansClient(client =>
        {
            client.UseLocalhostClustering(endpoint.GatewayPort, LocalId, LocalId);
            client.UseStaticClustering(new IPEndPoint(IPAddress.Loopback, endpoint.GatewayPort));
        });
        var host = builder.Build();
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(ConnectLimit);
        try
        {
            await host.StartAsync(limit.Token);
            return new LocalCluster(host.Services.GetRequiredService<IGrainFactory>(), async () =>
            {
                await host.StopAsync(CancellationToken.None);
                host.Dispose();
            });
        }
        catch (Exception) when (!cancellationToken.IsCancellationRequested)
        {
            host.Dispose();
            return null; // the process id belongs to somebody else by now
        }
    }

    public ValueTask DisposeAsync() => _stop();

    private static Endpoint? Read(string file)
    {
        try
        {
            return File.Exists(file) ? JsonSerializer.Deserialize<Endpoint>(File.ReadAllText(file)) : null;
        }
        catch (Exception error) when (error is JsonException or IOException)
        {
            return null; // half written by a process that is just starting
        }
    }

    private static bool IsAlive(int processId)
    {
        try
        {
            using var process = Process.GetProcessById(processId);
            return !process.HasExited;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }

    private sealed record Endpoint(int ProcessId, int GatewayPort);
}
