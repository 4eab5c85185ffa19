using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Orleans.Configuration;
using Orleans.Hosting;
using Orleans.Placement;
using Orleans.Runtime.MembershipService.SiloMetadata;
using PythiaOrleans.Cluster.Placement;
using PythiaOrleans.Cluster.Scheduling;
using PythiaOrleans.Cluster.Workers;
using PythiaOrleans.Core.Sweeps;

namespace PythiaOrleans.Cluster.Hosting;

/// <summary>Registers the cluster room with a silo.</summary>
public static class ClusterHosting
{
    // Owners live for one task. Orleans keeps a million addresses otherwise, and its dashboard counts them each second.
    private const int MostKnownAddresses = 20_000;

    /// <summary>Adds grains' services and the device worker.</summary>
    /// <remarks>
    /// The host must register an <see cref="IShardRunner"/>, a <see cref="ResultStore"/> and a <see cref="ISeriesWriter"/>, and may
    /// register
    /// <see cref="IShardCosts"/>, <see cref="DispatcherOptions"/>, <see cref="WorkerOptions"/> and <see cref="WorkerDevices"/>.
    /// </remarks>
    /// <param name="silo">The silo.</param>
    /// <param name="control">Whether coordinators and the dispatcher live here rather than on silos that compute.</param>
    public static ISiloBuilder AddPythiaCluster(this ISiloBuilder silo, bool control = true)
    {
        ArgumentNullException.ThrowIfNull(silo);
        silo.UseSiloMetadata(new Dictionary<string, string>
        {
            [ControlSilos.RoleKey] = control ? ControlSilos.ControlRole
            : ControlSilos.WorkerRole
        });
        silo.Configure<GrainDirectoryOptions>(directory => directory.CacheSize = MostKnownAddresses);
        silo.Services.AddSingleton<ControlSilos>();
        silo.Services.AddPlacementFilter<ControlSilosFirst, ControlSilosFirstDirector>(ServiceLifetime.Transient);
        silo.Services.TryAddSingleton(TimeProvider.System);
        silo.Services.TryAddSingleton<SweepLedger>();
        silo.Services.TryAddSingleton<IShardCosts, UnknownCosts>();
        silo.Services.TryAddSingleton(Options.Create(new DispatcherOptions()));
        silo.Services.TryAddSingleton(Options.Create(new WorkerOptions()));
        silo.Services.TryAddSingleton(WorkerDevices.Processor);
        silo.Services.AddHostedService<WorkerAnnouncer>(); // before the worker: what is on the disk should be known before the first lease
        silo.Services.AddHostedService<DeviceWorker>();
        return silo;
    }
}
