using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans;
using Orleans.Configuration;
using Orleans.Hosting;
using PythiaOrleans.Checkpoints.Catalog;
using PythiaOrleans.Cli.Display;
using PythiaOrleans.Cluster.Contracts;
using PythiaOrleans.Cluster.Scheduling;
using PythiaOrleans.Cluster.Workers;
using PythiaOrleans.Core.Ids;
using PythiaOrleans.Core.Storage;
using PythiaOrleans.Core.Sweeps;
using PythiaOrleans.Server.Configuration;
using PythiaOrleans.Server.Execution;
using PythiaOrleans.Server.Hosting;
using PythiaOrleans.Server.Plugins;

namespace PythiaOrleans.Cli.Hosting;

/// <summary>The silos that work: those of a cluster, the one of another terminal, or one that this process starts.</summary>
internal sealed class ClusterConnection : IAsyncDisposable
{
    private const string EndpointFile = "local-silo.json";

    private static readonly TimeSpan BetweenAttempts = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LocalLimit = TimeSpan.FromSeconds(5);

    // A cluster that is just getting over the death of a silo still lists its gateway: the next attempt meets another one.
    private static readonly TimeSpan ClusterTry = TimeSpan.FromSeconds(15);

    private readonly IGrainFactory _grains;
    private readonly Func<ValueTask> _stop;

    private ClusterConnection(IGrainFactory grains, Func<ValueTask> stop)
    {
        _grains = grains;
        _stop = stop;
    }

    private Rehearsal? Rehearsal { get; init; }

    /// <summary>Where people watch it; null where this process does not serve it.</summary>
    public string? HttpAddress { get; private init; }

    /// <summary>The coordinator of a sweep.</summary>
    public ISweepGrain Sweep(string name) => _grains.GetGrain<ISweepGrain>(Identifier.Validate(name, "sweep"));

    /// <summary>Who computes what.</summary>
    public IDispatcherGrain Dispatcher => _grains.GetGrain<IDispatcherGrain>(IDispatcherGrain.Key);

    /// <summary>Joins a cluster through what holds its membership.</summary>
    /// <param name="address">Redis, or <c>tables:PREFIX</c>.</param>
    /// <param name="clusterId">The cluster's id.</param>
    /// <param name="serviceId">Its service id.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="InvalidOperationException">Redis or the tables do not answer, or no silo of the cluster does.</exception>
    public static async Task<ClusterConnection> JoinAsync(
        string address, string clusterId, string serviceId, CancellationToken cancellationToken)
    {
        var membership = await ClientMembership.OpenAsync(address, cancellationToken);
        var patience = new JoinPatience(TimeProvider.System);
        while (true)
        {
            var gateways = await Gateways.TryFindAsync(Configure, cancellationToken);
            if (Gateways.MayListen(gateways) && await ConnectAsync(Configure, ClusterTry, cancellationToken) is { } connection)
            {
                return connection;
            }

            var before = patience.Limit;
            if (!patience.Endures(gateways))
            {
                break;
            }

            if (patience.Limit > before)
            {
                Output.Note(
                    $"No silo answers through {membership.Place} yet: {Describe(gateways)}; "
                        + $"trying for {patience.Limit.TotalSeconds:0} s ...");
            }

            await Task.Delay(BetweenAttempts, cancellationToken);
        }

        throw new InvalidOperationException(
            $"No silo of cluster '{clusterId}' (service '{serviceId}') answers through {membership.Place}. "
            + "Start one with `pythia silo`, or correct --cluster, --cluster-id and --service-id; where silos speak TLS, set "
            + "PYTHIA__TLS__CERTIFICATE, PYTHIA__TLS__KEY and PYTHIA__TLS__AUTHORITY for this command, too.");

        void Configure(IClientBuilder client)
        {
            client.Configure<ClusterOptions>(cluster => (cluster.ClusterId, cluster.ServiceId) = (clusterId, serviceId));
            membership.AddTo(client);
        }

        static string Describe(Gateways? gateways) => gateways switch
        {
            null => "its list of silos cannot be read",
            { Listed: 0 } => "none listed",
            { Listening: 0 } all => $"{all.Listed} listed, none listening (they may be starting again)",
            { } some => $"{some.Listed} listed, {some.Listening} listening",
        };
    }

    /// <summary>Joins the silo that works on the store already, else starts one in this process.</summary>
    /// <param name="store">Where results are.</param>
    /// <param name="catalog">What is known of the models.</param>
    /// <param name="workers">Slots of the silo; null takes its default.</param>
    /// <param name="device">Its devices; null takes its default.</param>
    /// <param name="plugins">What it can compute besides the product's analyses.</param>
    /// <param name="cancellationToken">Ends the start.</param>
    /// <param name="next">A sweep that this process is about to compute: its analyses are rehearsed while the silo starts.</param>
    public static async Task<ClusterConnection> StartAsync(
        string store, ModelCatalog catalog, int? workers, string? device, PluginSet plugins, CancellationToken cancellationToken,
        SweepSpec? next = null)
    {
        if (await TryConnectAsync(store, cancellationToken) is { } running)
        {
            Output.Note($"Another process works on {store} already; the sweep runs there.");
            return running;
        }

        var overrides = new Dictionary<string, string?>
        {
            [$"{nameof(PythiaOptions.Store)}"] = store,
            [$"{nameof(PythiaOptions.Redis)}"] = null,
            [$"{nameof(PythiaOptions.Role)}"] = $"{SiloRole.All}",
            [$"{nameof(PythiaOptions.Silo)}:{nameof(SiloEndpointOptions.Port)}"] = "0",
            [$"{nameof(PythiaOptions.Silo)}:{nameof(SiloEndpointOptions.GatewayPort)}"] = "0",
            [$"{nameof(PythiaOptions.Http)}:{nameof(HttpOptions.Address)}"] = "127.0.0.1:0",
        };
        if (workers is { } slots)
        {
            overrides[$"{nameof(PythiaOptions.Worker)}:{nameof(WorkerOptions.Slots)}"] = slots.ToString(CultureInfo.InvariantCulture);
        }

        if (device is not null)
        {
            overrides[$"{nameof(PythiaOptions.Worker)}:{nameof(WorkerOptions.Device)}"] = device;
        }

        foreach (var (file, index) in plugins.Files.Select((file, index) => (file, index)))
        {
            overrides[$"{nameof(PythiaOptions.Plugins)}:{index}"] = file;
        }

        var options = SiloConfiguration.Read(null, overrides);
        var rehearsal = next is null ? null : Rehearsal.Begin(next, options.Worker.Device);
        try
        {
            var silo = await SiloHost.StartAsync(options, catalog, SiloLogs.Quiet, cancellationToken);
            return new ClusterConnection(silo.Grains, await AnnounceAsync(store, silo, cancellationToken))
            {
                HttpAddress = silo.HttpAddress,
                Rehearsal = rehearsal,
            };
        }
        catch
        {
            rehearsal?.Dispose();
            throw;
        }
    }

    /// <summary>Joins the silo of another process that works on the store; null where there is none.</summary>
    public static async Task<ClusterConnection?> TryConnectAsync(string store, CancellationToken cancellationToken)
    {
        if (BlobStores.IsAzure(store) || Read(Path.Combine(store, EndpointFile)) is not { } endpoint || !IsAlive(endpoint.ProcessId))
        {
            return null; // none, or one that was killed and left its file
        }

        var ids = new PythiaOptions();
        return await ConnectAsync(
            client =>
            {
                client.UseLocalhostClustering(endpoint.GatewayPort, ids.ServiceId, ids.ClusterId);
                client.UseStaticClustering(new IPEndPoint(IPAddress.Loopback, endpoint.GatewayPort));
            },
            LocalLimit, cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        Rehearsal?.Dispose();
        await _stop();
    }

    // Null where no silo answers: the process id may belong to another program by now.
    private static async Task<ClusterConnection?> ConnectAsync(
        Action<IClientBuilder> configure, TimeSpan most, CancellationToken cancellationToken)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Logging.SetMinimumLevel(LogLevel.None);
        builder.UseOrleansClient(configure);
        var host = builder.Build();
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(most);
        try
        {
            await host.StartAsync(limit.Token).WaitAsync(limit.Token);
            return new ClusterConnection(host.Services.GetRequiredService<IGrainFactory>(), async () =>
            {
                await host.StopAsync(CancellationToken.None);
                host.Dispose();
            });
        }
        catch (Exception) when (!cancellationToken.IsCancellationRequested)
        {
            host.Dispose();
            return null;
        }
    }

    // Other terminals find this silo by a file in the store's folder; a container has none.
    private static async Task<Func<ValueTask>> AnnounceAsync(string store, SiloHost silo, CancellationToken cancellationToken)
    {
        if (BlobStores.IsAzure(store))
        {
            return silo.DisposeAsync;
        }

        Directory.CreateDirectory(store);
        var file = Path.Combine(store, EndpointFile);
        var endpoint = new Endpoint(Environment.ProcessId, silo.GatewayPort);
        await File.WriteAllTextAsync(file, JsonSerializer.Serialize(endpoint), cancellationToken);
        return async () =>
        {
            if (Read(file) == endpoint)
            {
                File.Delete(file);
            }

            await silo.DisposeAsync();
        };
    }

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
