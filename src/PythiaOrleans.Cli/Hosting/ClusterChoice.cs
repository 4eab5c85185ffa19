using System.CommandLine;
using PythiaOrleans.Checkpoints.Catalog;
using PythiaOrleans.Cli.Options;
using PythiaOrleans.Core.Sweeps;
using PythiaOrleans.Server.Configuration;

namespace PythiaOrleans.Cli.Hosting;

/// <summary>The options that say which silos work: none means this process.</summary>
internal sealed class ClusterChoice
{
    private readonly Option<string?> _cluster = new("--cluster")
    {
        Description = "The Redis of a running cluster, host:port[,password=...], or tables:PREFIX where tables of the storage account hold "
            + "its membership: its silos do the work. Default: $PYTHIA_CLUSTER, else this process.",
        DefaultValueFactory = _ => Environment.GetEnvironmentVariable("PYTHIA_CLUSTER") is { Length: > 0 } redis ? redis : null,
        HelpName = "redis|tables:prefix",
    };

    private readonly Option<string> _clusterId = new("--cluster-id")
    {
        Description = "The cluster's id.",
        DefaultValueFactory = _ => Environment.GetEnvironmentVariable("PYTHIA_CLUSTER_ID") is { Length: > 0 } id
            ? id
            : new PythiaOptions().ClusterId,
    };

    private readonly Option<string> _serviceId = new("--service-id")
    {
        Description = "The cluster's service id, where its silos set ServiceId. $PYTHIA_SERVICE_ID names another default.",
        DefaultValueFactory = _ => Environment.GetEnvironmentVariable("PYTHIA_SERVICE_ID") is { Length: > 0 } id
            ? id
            : new PythiaOptions().ServiceId,
    };

    public void AddTo(Command command)
    {
        command.Options.Add(_cluster);
        command.Options.Add(_clusterId);
        command.Options.Add(_serviceId);
    }

    /// <summary>Whether a cluster was named.</summary>
    public bool IsRemote(ParseResult parsed) => parsed.GetValue(_cluster) is not null;

    /// <summary>
    /// Joins the cluster, or the silo that works on the store, or starts one and rehearses the analyses of the next sweep meanwhile.
    /// </summary>
    /// <exception cref="InvalidOperationException">The cluster does not answer, or has another store.</exception>
    public async Task<ClusterConnection> StartAsync(
        ParseResult parsed, string store, ModelCatalog catalog, int? workers, string? device, CancellationToken cancellationToken,
        SweepSpec? next = null)
    {
        if (await TryJoinAsync(parsed, cancellationToken) is not { } cluster)
        {
            return await ClusterConnection.StartAsync(
                store, catalog, workers, device, PluginOption.Load(parsed), cancellationToken, next);
        }

        await CheckAsync(cluster, ClusterStore.CheckByWritingAsync(cluster.Dispatcher, store, cancellationToken));
        return cluster;
    }

    /// <summary>Joins the cluster, or the silo that works on the store; null where none was named and none runs.</summary>
    /// <exception cref="InvalidOperationException">The cluster does not answer, or has another store.</exception>
    public async Task<ClusterConnection?> TryConnectAsync(ParseResult parsed, string store, CancellationToken cancellationToken)
    {
        if (await TryJoinAsync(parsed, cancellationToken) is not { } cluster)
        {
            return await ClusterConnection.TryConnectAsync(store, cancellationToken);
        }

        await CheckAsync(cluster, ClusterStore.CheckByNameAsync(cluster.Dispatcher, store, cancellationToken));
        return cluster;
    }

    private static async Task CheckAsync(ClusterConnection cluster, Task check)
    {
        try
        {
            await check;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    private async Task<ClusterConnection?> TryJoinAsync(ParseResult parsed, CancellationToken cancellationToken) =>
        parsed.GetValue(_cluster) is { } address
        ? await ClusterConnection.JoinAsync(address, parsed.GetValue(_clusterId)!, parsed.GetValue(_serviceId)!, cancellationToken)
        : null;
}
