using System.CommandLine;
using PythiaOrleans.Checkpoints.Catalog;
using PythiaOrleans.Cli.Options;
using PythiaOrleans.Server.Configuration;

namespace PythiaOrleans.Cli.Hosting;

/// <summary>The options that say which silos work: none means this process.</summary>
internal sealed class ClusterChoice
{
    private readonly Option<string?> _cluster = new("--cluster")
    {
        Description = "The Redis of a running cluster, host:port[,password=...]: its silos do the work. Default: $PYTHIA_CLUSTER, else "
            + "this process.",
        DefaultValueFactory = _ => Environment.GetEnvironmentVariable("PYTHIA_CLUSTER") is { Length: > 0 } redis ? redis : null,
        HelpName = "redis",
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
        Description = "The cluster's service id, where its silos set ServiceId. Default: $PYTHIA_SERVICE_ID, else pythia.",
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

    /// <summary>Joins the cluster, or the silo that works on the store, or starts one.</summary>
    public async Task<ClusterConnection> StartAsync(
        ParseResult parsed, string store, ModelCatalog catalog, int? workers, string? device, CancellationToken cancellationToken) =>
        await TryJoinAsync(parsed, cancellationToken)
        ?? await ClusterConnection.StartAsync(store, catalog, workers, device, PluginOption.Load(parsed), cancellationToken);

    /// <summary>Joins the cluster, or the silo that works on the store; null where none was named and none runs.</summary>
    public async Task<ClusterConnection?> TryConnectAsync(ParseResult parsed, string store, CancellationToken cancellationToken) =>
        await TryJoinAsync(parsed, cancellationToken) ?? await ClusterConnection.TryConnectAsync(store, cancellationToken);

    private async Task<ClusterConnection?> TryJoinAsync(ParseResult parsed, CancellationToken cancellationToken) =>
        parsed.GetValue(_cluster) is { } redis
        ? await ClusterConnection.JoinAsync(redis, parsed.GetValue(_clusterId)!, parsed.GetValue(_serviceId)!, cancellationToken)
        : null;
}
