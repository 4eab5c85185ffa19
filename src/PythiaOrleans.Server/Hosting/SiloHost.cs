using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Orleans;
using Orleans.Dashboard;
using Orleans.Hosting;
using PythiaOrleans.Analyses.Devices;
using PythiaOrleans.Checkpoints.Catalog;
using PythiaOrleans.Checkpoints.Opening;
using PythiaOrleans.Cluster.Hosting;
using PythiaOrleans.Cluster.Workers;
using PythiaOrleans.Core.Storage;
using PythiaOrleans.Core.Sweeps;
using PythiaOrleans.Reporting.Series;
using PythiaOrleans.Server.Api;
using PythiaOrleans.Server.Configuration;
using PythiaOrleans.Server.Devices;
using PythiaOrleans.Server.Execution;
using PythiaOrleans.Server.Membership;
using PythiaOrleans.Server.Planning;
using PythiaOrleans.Server.Plugins;
using PythiaOrleans.Server.Telemetry;

namespace PythiaOrleans.Server.Hosting;

/// <summary>
/// One silo with its HTTP side: of a cluster where <see cref="PythiaOptions.Redis"/> or <see cref="PythiaOptions.Tables"/> names one, else
/// a cluster of this process alone.
/// </summary>
public sealed class SiloHost : IAsyncDisposable
{
    // Beyond the worker's own grace: running tasks end or stop before the silo does.
    private static readonly TimeSpan StopMargin = TimeSpan.FromSeconds(20);

    private readonly WebApplication _app;

    private SiloHost(WebApplication app, int gatewayPort)
    {
        _app = app;
        GatewayPort = gatewayPort;
    }

    /// <summary>Where clients reach this silo.</summary>
    public int GatewayPort { get; }

    /// <summary>Where people reach it.</summary>
    public string HttpAddress => _app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();

    /// <summary>Calls grains.</summary>
    public IGrainFactory Grains => _app.Services.GetRequiredService<IGrainFactory>();

    /// <summary>Starts the silo.</summary>
    /// <param name="options">Where and how.</param>
    /// <param name="catalog">What is known of the models; null takes the built-in catalog with the options' file.</param>
    /// <param name="logs">What is logged, and where.</param>
    /// <param name="cancellationToken">Cancels the start.</param>
    /// <param name="configure">Adds services over the product's own.</param>
    /// <exception cref="InvalidOperationException">Redis or the tables do not answer, or Redis would forget the cluster.</exception>
    public static async Task<SiloHost> StartAsync(
        PythiaOptions options, ModelCatalog? catalog, SiloLogs logs, CancellationToken cancellationToken,
        Action<IServiceCollection>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(logs);
        SiloConfiguration.Validate(options);
        var clustering = await SiloClustering.OpenAsync(options, cancellationToken).ConfigureAwait(false);
        for (var isLastTry = false; ; isLastTry = true)
        {
            var (siloPort, gatewayPort) = Ports(options.Silo);
            var app = Build(
                options, catalog ?? LoadCatalog(options), logs, silo => clustering.AddTo(silo, siloPort, gatewayPort), configure);
            try
            {
                await app.StartAsync(cancellationToken).ConfigureAwait(false);
                return new SiloHost(app, gatewayPort);
            }
            catch (Exception error) when (!isLastTry && options.Silo.TakesAnyPort && PortCollision.Caused(error))
            {
                await app.DisposeAsync().ConfigureAwait(false); // another process was faster; others are free
            }
            catch
            {
                await app.DisposeAsync().ConfigureAwait(false);
                throw;
            }
        }
    }

    /// <summary>Waits until the silo is stopped, or stops itself.</summary>
    /// <returns>Whether it ended in order; a silo that the cluster forgot or declared dead did not.</returns>
    public async Task<bool> WaitForEndAsync(CancellationToken cancellationToken)
    {
        var failed = _app.Services.GetService<SiloFailure>()?.Occurred ?? Task.Delay(Timeout.Infinite, CancellationToken.None);
        await Task.WhenAny(_app.WaitForShutdownAsync(cancellationToken), failed).ConfigureAwait(false);
        return !failed.IsCompleted;
    }

    /// <summary>Stops the silo: running tasks finish within their grace, the others are handed back.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_app.Services.GetService<SiloFailure>() is { Occurred.IsCompleted: true })
        {
            return; // it would wait minutes for a table that is gone to take its leave; nobody is left who could count on it
        }

        await _app.StopAsync(CancellationToken.None).ConfigureAwait(false);
        await _app.DisposeAsync().ConfigureAwait(false);
    }

    private static ModelCatalog LoadCatalog(PythiaOptions options) =>
        options.Catalog is { } file ? ModelCatalog.Default.With(ModelCatalog.FromJson(file)) : ModelCatalog.Default;

    private static WebApplication Build(
        PythiaOptions options,
        ModelCatalog catalog,
        SiloLogs logs,
        Action<ISiloBuilder> addClustering,
        Action<IServiceCollection>? configure)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ApplicationName = "pythia" });
        logs.AddTo(builder.Logging);
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = options.Worker.Grace + StopMargin);
        builder.Services.AddSingleton(options);
        var (slots, devices) = DeviceChoice.FromOptions(options);
        builder.Services.AddSingleton(Options.Create(options.Worker with { Slots = slots }));
        builder.Services.AddSingleton(devices);
        builder.Services.AddSingleton(Options.Create(options.Dispatcher));
        builder.Services.AddSingleton(Options.Create(options.Membership));
        builder.Services.AddSingleton(catalog);
        var analyses = PluginSet.Load(options.Plugins).Analyses;
        builder.Services.AddSingleton(analyses);
        builder.Services.AddSingleton<CheckpointSources>();
        builder.Services.AddHostedService<SourceNoticeLog>();
        builder.Services.AddSingleton(new ResultStore(BlobStores.Open(options.Store, options.DurableStore)));
        builder.Services.AddSingleton<IShardRunner, ShardRunner>();
        builder.Services.AddSingleton<IShardCosts, ShardCosts>();
        builder.Services.AddSingleton(analyses.DerivedColumns);
        builder.Services.AddSingleton<SeriesCompactor>();
        builder.Services.AddSingleton<ISeriesWriter>(services => services.GetRequiredService<SeriesCompactor>());
        builder.UseOrleans(silo =>
        {
            silo.AddPythiaCluster(options.IsControl);
            silo.AddDashboard(); // on workers too: its grain may live there, and asks every silo for its counters
            addClustering(silo);
        });
        HttpHosting.AddTo(builder, options);
        builder.AddPythiaTelemetry(options);
        configure?.Invoke(builder.Services);
        var app = builder.Build();
        HttpHosting.Map(app, options);
        app.MapPythiaMetrics();
        return app;
    }

    // Both are held until both are known, so that they differ. Another process may take one before the silo does: then others are tried.
    private static (int Silo, int Gateway) Ports(SiloEndpointOptions wanted)
    {
        var address = IPAddress.Parse(wanted.Address);
        using var silo = new TcpListener(address, wanted.Port);
        using var gateway = new TcpListener(address, wanted.GatewayPort);
        silo.Start();
        gateway.Start();
        return (((IPEndPoint)silo.LocalEndpoint).Port, ((IPEndPoint)gateway.LocalEndpoint).Port);
    }
}
