using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Orleans.Core.Internal;
using PythiaOrleans.Checkpoints.Catalog;
using PythiaOrleans.Cluster.Contracts;
using PythiaOrleans.Cluster.Workers;
using PythiaOrleans.Core.Ids;
using PythiaOrleans.Core.Sweeps;
using PythiaOrleans.Core.Telemetry;
using PythiaOrleans.Server.Configuration;
using PythiaOrleans.Server.Hosting;

namespace PythiaOrleans.Server.Tests;

/// <summary>What one silo of all roles shows at /metrics while it sweeps 858 shards with eight analyses.</summary>
/// <remarks>Instruments count for the whole process: nothing else may run meanwhile.</remarks>
[CollectionDefinition(nameof(MetricsTests), DisableParallelization = true)]
[Collection(nameof(MetricsTests))]
public sealed partial class MetricsTests : IDisposable
{
    private const int MaxSeries = 2000;
    private const int Shards = 858;
    private const int Parts = 16; // 15 of nine steps and one of eight

    private readonly string _folder = Directory.CreateTempSubdirectory("pythia-metrics-").FullName;

    [Fact]
    public async Task Metrics_OfTheDefaultSweep_CountEveryShardInFewerThan2000Series()
    {
        await using var silo = await StartAsync();
        var before = await ScrapeAsync(silo); // what earlier tests of this process have counted
        await RunAsync(silo, Sweep("default"));
        var metrics = await ScrapeAsync(silo);

        Assert.True(
            metrics.Count < MaxSeries,
            $"{metrics.Count} series:\n"
                + string.Join('\n', metrics.CountBy(line => Name().Match(line).Value).OrderByDescending(family => family.Value)));
        var broken = Sweep("default").Checkpoints().Count(InstantRunner.IsBroken);
        Assert.Equal(Shards - broken, Sum(metrics, "pythia_sweep_shards", "sweep=\"default\"", "state=\"done\""));
        Assert.Equal(broken, Sum(metrics, "pythia_sweep_shards", "sweep=\"default\"", "state=\"quarantined\""));
        Assert.Equal(
            Shards - broken,
            Sum(metrics, "pythia_tasks_ended_total", "end=\"committed\"") - Sum(before, "pythia_tasks_ended_total", "end=\"committed\""));
        Assert.Equal(
            broken,
            Sum(
                metrics,
                "pythia_quarantines_total",
                "reason=\"Permanent\"") - Sum(before, "pythia_quarantines_total", "reason=\"Permanent\""));
        Assert.Equal(
            (Shards - broken) * Sweep("default").Analyses.Count,
            Sum(metrics, "pythia_results_total", "outcome=\"committed\"") - Sum(before, "pythia_results_total", "outcome=\"committed\""));
        Assert.Equal(Shards, Sum(metrics, "pythia_fetch_duration_seconds_count") - Sum(before, "pythia_fetch_duration_seconds_count"));
        Assert.Equal(
            6 * Parts,
            metrics.Count(
                line => line.StartsWith("pythia_sweep_part_done_ratio{", StringComparison.Ordinal)
                    && line.Contains("sweep=\"default\"", StringComparison.Ordinal)));
        Assert.Equal(0, Sum(metrics, "pythia_sweep_remaining_seconds", "sweep=\"default\""));
        Assert.Equal(0, Sum(metrics, "pythia_queue_tasks"));
        Assert.Equal(2, Sum(metrics, "pythia_slots"));
        Assert.True(Sum(metrics, "pythia_device_memory_bytes", "kind=\"used\"") > 1e7);
        Assert.Contains(metrics, line => line.StartsWith("orleans_", StringComparison.Ordinal));
        Assert.Contains(metrics, line => line.StartsWith("dotnet_process_cpu_time_seconds_total", StringComparison.Ordinal));
        Assert.All(
            metrics.Where(line => line.StartsWith("pythia_", StringComparison.Ordinal)),
            line => Assert.DoesNotContain("step=", line, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Sweep_WhoseCoordinatorLeft_IsShownNoMore()
    {
        await using var silo = await StartAsync();
        var sweep = silo.Grains.GetGrain<ISweepGrain>("left");
        await RunAsync(silo, Small("left"));
        await RunAsync(silo, Small("stays"));
        Assert.Contains(await ScrapeAsync(silo), line => line.Contains("sweep=\"left\"", StringComparison.Ordinal));

        await sweep.AsReference<IGrainManagementExtension>().DeactivateOnIdle(TestContext.Current.CancellationToken);
        List<string> metrics = [];
        for (
            var patience = Stopwatch.StartNew(); patience.Elapsed < TimeSpan.FromSeconds(20); await Task.Delay(
                100, TestContext.Current.CancellationToken))
        {
            metrics = await ScrapeAsync(silo);
            if (!metrics.Exists(line => line.Contains("sweep=\"left\"", StringComparison.Ordinal)))
            {
                break;
            }
        }

        Assert.DoesNotContain(metrics, line => line.Contains("sweep=\"left\"", StringComparison.Ordinal));
        Assert.Equal(Small("stays").Checkpoints().Count(), Sum(metrics, "pythia_sweep_shards", "sweep=\"stays\""));
    }

    [Fact]
    public async Task Task_FromLeaseToCommit_IsOneTraceOfItsStages()
    {
        var spans = new ConcurrentQueue<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == PythiaInstruments.Name,
            Sample = (ref _) => ActivitySamplingResult.AllData,
            ActivityStopped = spans.Enqueue,
        };
        ActivitySource.AddActivityListener(listener);
        await using (var silo = await StartAsync())
        {
            await RunAsync(silo, Small("traced"));
        }

        var tasks = spans.Where(span => span.OperationName == "task" && span.GetTagItem("pythia.sweep") is "traced").ToArray();
        Assert.Equal(Small("traced").Checkpoints().Count(), tasks.Length);
        Assert.All(tasks, task => Assert.Equal(default, task.ParentSpanId));
        var one = tasks.First(task => task.Status == ActivityStatusCode.Ok);
        var children = spans.Where(span => span.TraceId == one.TraceId && span != one).ToArray();
        Assert.All(children, child => Assert.Equal(one.SpanId, child.ParentSpanId));
        var analyses = Small("traced").Analyses.Count;
        Assert.Equal(
            new Dictionary<string, int> { ["fetch"] = 1, ["load"] = 1, ["compute"] = analyses, ["commit"] = analyses },
            children.CountBy(child => child.OperationName).ToDictionary());
        Assert.Equal(
            Small("traced").Checkpoints().Count(InstantRunner.IsBroken), tasks.Count(task => task.Status == ActivityStatusCode.Error));
    }

    [Fact]
    public async Task Log_OfAFailedTask_HasSweepModelAndStepAsFields()
    {
        var log = new LogFields();
        await using (var silo = await StartAsync(services => services.AddSingleton<ILoggerProvider>(log)))
        {
            await RunAsync(silo, Small("logged"));
        }

        var failed = log.Lines.Where(line => line.ContainsKey("Kind") && line.ContainsKey("Worker")).ToArray();
        Assert.Equal(
            Small("logged").Checkpoints().Where(InstantRunner.IsBroken).Select(
                checkpoint => ((object?)"logged", (object?)checkpoint.Model, (object?)checkpoint.Step)).Order(),
            failed.Select(line => (line["Sweep"], line["Model"], line["Step"])).Order());
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static SweepSpec Sweep(string name) => new()
    {
        Name = name,
        Models = [.. ModelCatalog.Default.FindSuite("pythia").Models.Take(6)],
        Steps = [.. Enumerable.Range(1, 143).Select(i => i * 1000)],
        Analyses = // of names that no series derives columns for
        [
            .. Enumerable.Range(1, 8).Select(i => AnalysisId.Create($"instant-{i}", 1, new Dictionary<string, string>()))
        ],
        ReferenceStep = 1000,
        Stride = 1000,
        Source = "nowhere",
    };

    // One checkpoint of each model is broken here, too.
    private static SweepSpec Small(string name) =>
        Sweep(name) with { Models = ["pythia-14m", "pythia-70m"], Steps = [1000, 50_000, 100_000], Stride = null };

    private static async Task RunAsync(SiloHost silo, SweepSpec spec)
    {
        var sweep = silo.Grains.GetGrain<ISweepGrain>(spec.Name);
        await sweep.StartAsync(spec);
        for (
            var patience = Stopwatch.StartNew(); !(await sweep.GetProgressAsync()).HasEnded; await Task.Delay(
                50, TestContext.Current.CancellationToken))
        {
            Assert.True(patience.Elapsed < TimeSpan.FromMinutes(1), $"{await sweep.GetProgressAsync()}");
        }

        await Task.Delay(500, TestContext.Current.CancellationToken); // the dispatcher shows its queue four times a second
    }

    private static async Task<List<string>> ScrapeAsync(SiloHost silo)
    {
        using var client = new HttpClient();
        var text = await client.GetStringAsync(new Uri($"{silo.HttpAddress}/metrics"), TestContext.Current.CancellationToken);
        return [.. text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(line => line[0] != '#')];
    }

    private static double Sum(IEnumerable<string> metrics, string name, params string[] labels) => metrics
        .Where(
            line =>
                line.StartsWith($"{name}{{", StringComparison.Ordinal)
                    && Array.TrueForAll(labels, label => line.Contains(label, StringComparison.Ordinal)))
        .Sum(line => double.Parse(line.Split("} ")[^1].Split(' ')[0], CultureInfo.InvariantCulture));

    private Task<SiloHost> StartAsync(Action<IServiceCollection>? configure = null) => SiloHost.StartAsync(
        new PythiaOptions
        {
            Store = Path.Combine(_folder, "store"),
            Silo = new SiloEndpointOptions { Port = 0, GatewayPort = 0 },
            Http = new HttpOptions { Address = "127.0.0.1:0" },
            Worker = new WorkerOptions { Slots = 2 },
        },
        null, SiloLogs.Text, TestContext.Current.CancellationToken, services =>
        {
            services.AddSingleton<IShardRunner, InstantRunner>();
            configure?.Invoke(services);
        });

    [GeneratedRegex("^[a-z_]+")]
    private static partial Regex Name();
}
