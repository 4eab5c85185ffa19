using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Configuration;
using Orleans.Hosting;
using PythiaOrleans.Checkpoints;
using PythiaOrleans.Cluster;
using PythiaOrleans.Results;

namespace PythiaOrleans.Silo;

/// <summary>The local profile: control and worker in one silo of this process, on free loopback ports, with a folder as the store.</summary>
public sealed class LocalSilo : IAsyncDisposable
{
    private const string ClusterId = "pythia-local";

    private readonly IHost _host;

    private LocalSilo(IHost host, int gatewayPort)
    {
        _host = host;
        GatewayPort = gatewayPort;
    }

    /// <summary>Where clients of other processes reach this silo, on 127.0.0.1.</summary>
    public int GatewayPort { get; }

    /// <summary>Calls grains.</summary>
    public IGrainFactory Grains => _host.Services.GetRequiredService<IGrainFactory>();

    /// <summary>Starts the silo.</summary>
    /// <param name="storeFolder">The folder of results.</param>
    /// <param name="catalog">What is known of the models.</param>
    /// <param name="workers">Tasks at the same time.</param>
    /// <param name="cancellationToken">Cancels the start.</param>
    public static async Task<LocalSilo> StartAsync(string storeFolder, ModelCatalog catalog, int workers, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        var (siloPort, gatewayPort) = FreePorts();
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            [$"{WorkerOptions.Section}:{nameof(WorkerOptions.Slots)}"] = workers.ToString(System.Globalization.CultureInfo.InvariantCulture),
        });
        builder.Configuration.AddEnvironmentVariables("PYTHIA__");
        // Orleans' own warnings (server garbage collection, a busy machine) are for clusters; what ails a sweep shows in its shards.
        builder.Logging.AddFilter(null, LogLevel.Warning).AddFilter("Orleans", LogLevel.Error).AddSimpleConsole(console => console.SingleLine = true);
        builder.Services.Configure<Microsoft.Extensions.Logging.Console.ConsoleLoggerOptions>(console => console.LogToStandardErrorThreshold = LogLevel.Trace);

        // Beyond the worker's own grace: running tasks end or stop before the silo does.
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(30));
        builder.Services.AddSingleton(catalog);
        builder.Services.AddSingleton<CheckpointSources>();
        builder.Services.AddSingleton(new ResultStore(new FolderBlobStore(storeFolder)));
        builder.Services.AddSingleton<IShardRunner, ShardRunner>();
        builder.UseOrleans(silo =>
        {
            silo.UseLocalhostClustering(siloPort, gatewayPort, primarySiloEndpoint: null, serviceId: ClusterId, clusterId: ClusterId);
            silo.Configure<EndpointOptions>(endpoints => endpoints.AdvertisedIPAddress = IPAddress.Loopback);
            silo.AddPythiaCluster();
        });
        var host = builder.Build();
        try
        {
            await host.StartAsync(cancellationToken).ConfigureAwait(false);
            return new LocalSilo(host, gatewayPort);
        }
        catch
        {
            host.Dispose();
            throw;
        }
    }

    /// <summary>Stops the silo: running tasks finish within their grace, the others are handed back.</summary>
    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync(CancellationToken.None).ConfigureAwait(false);
        _host.Dispose();
    }

    // Both are held until both are known, so that they differ. Another process may take one before the silo does: then the start fails, and says so.
    private static (int Silo, int Gateway) FreePorts()
    {
        using var first = new TcpListener(IPAddress.Loopback, 0);
        using var second = new TcpListener(IPAddress.Loopback, 0);
        first.Start();
        second.Start();
        return (((IPEndPoint)first.LocalEndpoint).Port, ((IPEndPoint)second.LocalEndpoint).Port);
    }
}
