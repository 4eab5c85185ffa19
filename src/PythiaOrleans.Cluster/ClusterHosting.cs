using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Orleans.Hosting;
using PythiaOrleans.Results;

namespace PythiaOrleans.Cluster;

/// <summary>Registers the cluster room with a silo.</summary>
public static class ClusterHosting
{
    /// <summary>Adds grains' services and the device worker. The host must register an <see cref="IShardRunner"/>, a <see cref="ResultStore"/> and a <see cref="Checkpoints.ModelCatalog"/>.</summary>
    public static ISiloBuilder AddPythiaCluster(this ISiloBuilder silo)
    {
        ArgumentNullException.ThrowIfNull(silo);
        silo.Services.TryAddSingleton(TimeProvider.System);
        silo.Services.TryAddSingleton<SeriesCompactor>();
        silo.Services.AddOptions<DispatcherOptions>().BindConfiguration(DispatcherOptions.Section).ValidateDataAnnotations().ValidateOnStart();
        silo.Services.AddOptions<WorkerOptions>().BindConfiguration(WorkerOptions.Section).ValidateDataAnnotations().ValidateOnStart();
        silo.Services.AddHostedService<DeviceWorker>();
        return silo;
    }
}
