using System.Net;
using Azure.Data.Tables;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans;
using Orleans.Configuration;
using Orleans.GrainDirectory;
using Orleans.GrainDirectory.Redis;
using Orleans.Hosting;
using Orleans.Runtime;
using Orleans.Runtime.Hosting;
using PythiaOrleans.Server.Configuration;
using PythiaOrleans.Server.Membership;
using StackExchange.Redis;

namespace PythiaOrleans.Server.Hosting;

/// <summary>What holds a cluster together: Redis, tables of a storage account, or nothing where the silo is alone.</summary>
/// <param name="options">The silo's options.</param>
/// <param name="tables">The account's tables; null where they are not used.</param>
/// <param name="tls">TLS between silos; null where it is off.</param>
internal sealed class SiloClustering(PythiaOptions options, TableServiceClient? tables, SiloTls? tls)
{
    /// <summary>Looks whether what is asked for answers.</summary>
    /// <exception cref="ArgumentException">The options contradict each other, or a file of TLS is missing.</exception>
    /// <exception cref="InvalidOperationException">Redis or the tables do not answer, or Redis would forget the cluster.</exception>
    public static async Task<SiloClustering> OpenAsync(PythiaOptions options, CancellationToken cancellationToken)
    {
        if (options is { Redis: not null, Tables: not null })
        {
            throw new ArgumentException("Configuration: Redis and Tables: expected one of them, found both. One holds the membership.");
        }

        var tls = SiloTls.Load(options.Tls);
        if (options.Redis is { } redis && !options.AllowVolatileRedis)
        {
            await RedisGuard.CheckAsync(RedisGuard.Parse(redis, tls), cancellationToken).ConfigureAwait(false);
        }

        var tables = options.Tables is { } prefix ? await TableAccess.OpenAsync(prefix, cancellationToken).ConfigureAwait(false) : null;
        return new SiloClustering(options, tables, tls);
    }

    /// <summary>Adds membership, reminders, the grain directory and TLS.</summary>
    public void AddTo(ISiloBuilder silo, int siloPort, int gatewayPort)
    {
        tls?.AddTo(silo);
        if (options.Redis is null && tables is null)
        {
            silo.UseLocalhostClustering(siloPort, gatewayPort, primarySiloEndpoint: null, options.ServiceId, options.ClusterId);
            return;
        }

        silo.Configure<ClusterOptions>(cluster => (cluster.ClusterId, cluster.ServiceId) = (options.ClusterId, options.ServiceId));
        silo.ConfigureEndpoints(IPAddress.Parse(options.Silo.Address), siloPort, gatewayPort, listenOnAnyHostAddress: false);
        if (tables is null)
        {
            silo.UseRedisClustering(clustering => clustering.ConfigurationOptions = Redis());
            silo.UseRedisReminderService(reminders => reminders.ConfigurationOptions = Redis());
        }
        else
        {
            var prefix = options.Tables!;
            silo.UseAzureStorageClustering(
                clustering => (clustering.TableName, clustering.TableServiceClient) = (TableAccess.Silos(prefix), tables));
            silo.UseAzureTableReminderService(
                reminders => (reminders.TableName, reminders.TableServiceClient) = (TableAccess.Reminders(prefix), tables));
        }

        // With Orleans' own directory a part of the entries lies on every silo: the death or hang of a worker would take coordinators
        // along.
        silo.Services.AddGrainDirectory(
            GrainDirectoryAttribute.DEFAULT_GRAIN_DIRECTORY,
            (services, _) => new MembersGrainDirectory(Directory(services), services.GetRequiredService<IClusterMembershipService>()));
        silo.Configure<ClusterMembershipOptions>(Configure);
        silo.Services.AddSingleton<SiloFailure>();
        silo.Services.AddSingleton<IFatalErrorHandler, DeadSiloHandler>();
        silo.Services.AddHostedService<MembershipWatch>();
    }

    private ConfigurationOptions Redis() => RedisGuard.Parse(options.Redis!, tls);

    private IGrainDirectory Directory(IServiceProvider services) => tables is null
        ? ActivatorUtilities.CreateInstance<RedisGrainDirectory>(
            services, new RedisGrainDirectoryOptions { ConfigurationOptions = Redis() })
        : new TableGrainDirectory(tables.GetTableClient(TableAccess.Directory(options.Tables!)), options.ClusterId);

    private void Configure(ClusterMembershipOptions membership)
    {
        // Orleans would adapt the timeout to how fast a neighbour answers, up to four times its value: a hang was found after 33 to 39 s.
        membership.ProbeTimeout = options.Membership.ProbeTimeout;
        membership.MinProbeTimeout = options.Membership.ProbeTimeout;
        membership.MaxProbeTimeout = options.Membership.ProbeTimeout;
        membership.ExtendProbeTimeoutDuringDegradation = false;
        membership.NumMissedProbesLimit = options.Membership.MissedProbes;
        membership.NumVotesForDeathDeclaration = options.Membership.Votes;
        membership.TableRefreshTimeout = options.Membership.Refresh;
        membership.IAmAliveTablePublishTimeout = options.Membership.Refresh;
    }
}
