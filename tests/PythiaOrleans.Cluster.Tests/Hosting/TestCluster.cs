using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Configuration;
using Orleans.Runtime;
using Orleans.TestingHost;
using PythiaOrleans.Checkpoints.Catalog;
using PythiaOrleans.Cluster.Contracts;
using PythiaOrleans.Cluster.Hosting;
using PythiaOrleans.Cluster.Scheduling;
using PythiaOrleans.Cluster.Workers;
using PythiaOrleans.Core.Sweeps;
using PythiaOrleans.Reporting.Series;

namespace PythiaOrleans.Cluster.Tests;

/// <summary>Silos in this process over one world.</summary>
internal sealed class TestCluster(InProcessTestCluster cluster, SiloLog log) : IAsyncDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    public InProcessTestCluster Silos { get; } = cluster;

    public static async Task<TestCluster> StartAsync(World world, short silos, CancellationToken cancellationToken,
        SharedReminderTable? reminders = null, int slots = 2, TimeSpan? stallLimit = null)
    {
        var log = new SiloLog();
        var builder = new InProcessTestClusterBuilder(silos);
        builder.ConfigureSilo((_, silo) =>
        {
            silo.Services.AddLogging(logging => logging.AddProvider(log));
            silo.Services.AddSingleton(world.Store);
            silo.Services.AddSingleton<ISeriesWriter>(new SeriesCompactor(world.Store, ModelCatalog.Default, []));
            silo.Services.AddSingleton<IShardRunner>(services =>
                new FakeRunner(world, services.GetRequiredService<ILocalSiloDetails>().SiloAddress.ToParsableString()));
            silo.Services.AddSingleton<IShardCosts>(world);
            silo.Services.AddSingleton(
                Options.Create(
                new WorkerOptions
                {
                    Slots = slots,
                    HeartbeatPeriod = TimeSpan.FromMilliseconds(200),
                    Grace = TimeSpan.FromSeconds(5),
                    StallLimit = stallLimit,
                }));
            silo.Services.AddSingleton(
                Options.Create(
                new DispatcherOptions { FirstBackoff = TimeSpan.FromMilliseconds(20), LeaseDuration = TimeSpan.FromSeconds(5) }));
            silo.Configure<ClusterMembershipOptions>(membership =>
            {
                membership.ProbeTimeout = TimeSpan.FromSeconds(1);
                membership.NumMissedProbesLimit = 2;
                membership.NumVotesForDeathDeclaration = 1;
            });
            if (reminders is not null)
            {
                silo.AddReminders();
                silo.Services.AddSingleton<IReminderTable>(reminders);
            }

            if (world.Devices is { } devices)
            {
                silo.Services.AddSingleton(devices);
            }

            silo.AddPythiaCluster();
        });
        var cluster = builder.Build();
        await cluster.DeployAsync(cancellationToken);
        return new TestCluster(cluster, log);
    }

    public ISweepGrain Sweep(string name) => Silos.Client.GetGrain<ISweepGrain>(name);

    /// <summary>Asks until the progress is as wanted. A silo that just died answers nothing for a while.</summary>
    public async Task<SweepProgress> UntilAsync(string sweep, Func<SweepProgress, bool> wanted, CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        SweepProgress? last = null;
        var most = 0;
        while (Stopwatch.GetElapsedTime(started) < Limit)
        {
            try
            {
                last = await Sweep(sweep).GetProgressAsync();
                Assert.True(last.Done >= most, $"Progress went back from {most} to {last}");
                most = last.Done;
                if (wanted(last))
                {
                    return last;
                }
            }
            catch (Exception error) when (error is OrleansException or TimeoutException)
            {
                // The next call finds the grain where it is activated again.
            }

            await Task.Delay(TimeSpan.FromMilliseconds(20), cancellationToken);
        }

        throw new TimeoutException($"Sweep '{sweep}' is not as wanted after {Limit}: {last}\n{log}");
    }

    public Task<SweepProgress> UntilEndedAsync(string sweep, CancellationToken cancellationToken) =>
        UntilAsync(sweep, progress => progress.HasEnded, cancellationToken);

    /// <summary>Asks until the dispatcher knows of the workers what is wanted.</summary>
    public async Task UntilWorkersAsync(Func<IReadOnlyList<WorkerStatus>, bool> wanted, CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        IReadOnlyList<WorkerStatus> last = [];
        while (Stopwatch.GetElapsedTime(started) < Limit)
        {
            try
            {
                last = await Silos.Client.GetGrain<IDispatcherGrain>(IDispatcherGrain.Key).GetWorkersAsync();
                if (wanted(last))
                {
                    return;
                }
            }
            catch (Exception error) when (error is OrleansException or TimeoutException)
            {
                // The next call finds the dispatcher where it is activated again.
            }

            await Task.Delay(TimeSpan.FromMilliseconds(20), cancellationToken);
        }

        throw new TimeoutException($"The workers are not as wanted after {Limit}: {string.Join("; ", last)}\n{log}");
    }

    /// <summary>Starts a sweep as a client does that lost its answer: again and again until one comes.</summary>
    public async Task StartAfterDeathAsync(SweepSpec spec, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                await Sweep(spec.Name).StartAsync(spec);
                return;
            }
            catch (Exception error) when (error is OrleansException or TimeoutException)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(100), cancellationToken);
            }
        }
    }

    public async Task<SweepProgress> RunAsync(SweepSpec spec, CancellationToken cancellationToken)
    {
        await Sweep(spec.Name).StartAsync(spec);
        return await UntilEndedAsync(spec.Name, cancellationToken);
    }

    public ValueTask DisposeAsync() => Silos.DisposeAsync();
}
