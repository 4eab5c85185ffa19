using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.DependencyInjection;
using Orleans;
using PythiaOrleans.Cluster.Contracts;
using PythiaOrleans.Cluster.Workers;
using PythiaOrleans.Core.Ids;
using PythiaOrleans.Core.Storage;
using PythiaOrleans.Core.Sweeps;
using PythiaOrleans.Server.Configuration;
using PythiaOrleans.Server.Hosting;

namespace PythiaOrleans.Bench;

/// <summary>
/// Shards that compute nothing through the real silo: what dispatching and committing cost, and what a large sweep takes.
/// </summary>
internal static class DispatchBench
{
    private static readonly AnalysisId Nothing = AnalysisId.Create("nothing", 1, new Dictionary<string, string>());

    /// <summary>Tasks a second into a folder: one small file and its record each.</summary>
    public static async Task ThroughputAsync(int shards)
    {
        var folder = Directory.CreateTempSubdirectory("pythia-dispatch-").FullName;
        try
        {
            await using var silo = await StartAsync(new ResultStore(new FolderBlobStore(folder)), new CallTimes());
            await RunAsync(silo, Spec("warm-up", 1, 500));
            for (var round = 1; round <= 3; round++)
            {
                var took = await RunAsync(silo, Spec($"round-{round}", 1, shards));
                Console.WriteLine(
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"{shards} tasks dispatched and committed in {took.TotalSeconds:0.00} s: {shards / took.TotalSeconds:0} a second"));
            }

            await LatencyAsync(silo);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>A sweep of a million shards, in memory: how long, how much memory, and the longest grain call.</summary>
    public static async Task ScaleAsync(int shards)
    {
        const int steps = 1000;
        var calls = new CallTimes();
        await using var silo = await StartAsync(new ResultStore(new NamesOnlyStore()), calls);
        await RunAsync(silo, Spec("warm-up", 1, 500));
        calls.Clear();
        var took = await RunAsync(silo, Spec("large", shards / steps, steps), TimeSpan.FromMilliseconds(500));
        Console.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{shards} shards planned, dispatched and recorded in {took.TotalSeconds:0.0} s: {shards / took.TotalSeconds:0} a second"));
        Console.WriteLine($"peak resident memory {PeakMegabytes()} MB");
        calls.Print();
    }

    // From ready to started, on a cluster that has nothing else to do.
    private static async Task LatencyAsync(SiloHost silo)
    {
        const int tasks = 300;
        var waits = new List<double>();
        for (var i = 0; i < tasks; i++)
        {
            NoOpRunner.Started = new TaskCompletionSource<long>(TaskCreationOptions.RunContinuationsAsynchronously);
            var spec = Spec($"single-{i}", 1, 1);
            var ready = Stopwatch.GetTimestamp();
            await silo.Grains.GetGrain<IDispatcherGrain>(IDispatcherGrain.Key)
                .EnqueueAsync(spec, [new PendingTask(new TaskId(spec.Name, new CheckpointId("m0", 0)), spec.Analyses, 1)]);
            waits.Add(Stopwatch.GetElapsedTime(ready, await NoOpRunner.Started.Task).TotalMilliseconds);
        }

        await Task.Delay(TimeSpan.FromSeconds(1)); // the last reports are on their way

        waits.Sort();
        Console.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"ready to started on an idle silo: median {waits[tasks / 2]:0.00} ms, p99 {waits[tasks * 99 / 100]:0.00} ms"));
    }

    // What these shards commit is no table: a series writer would put it aside as damaged, and the sweep would compute it again.
    private static Task<SiloHost> StartAsync(ResultStore store, CallTimes calls) => SiloHost.StartAsync(
        new PythiaOptions
        {
            Silo = new SiloEndpointOptions { Port = 0, GatewayPort = 0 },
            Http = new HttpOptions { Address = "127.0.0.1:0" },
            Worker = new WorkerOptions { Slots = 2, Prefetch = 64 },
        },
        null,
        SiloLogs.Quiet,
        CancellationToken.None,
        services =>
        {
            services.AddSingleton(store);
            services.AddSingleton<IShardRunner>(new NoOpRunner(store));
            services.AddSingleton<IIncomingGrainCallFilter>(calls);
            services.AddSingleton<ISeriesWriter>(new NoSeries());
        });

    private static async Task<TimeSpan> RunAsync(SiloHost silo, SweepSpec spec, TimeSpan? askEvery = null)
    {
        var started = Stopwatch.GetTimestamp();
        var sweep = silo.Grains.GetGrain<ISweepGrain>(spec.Name);
        await sweep.StartAsync(spec);
        while (await sweep.GetProgressAsync() is var progress && progress.Done < progress.Total)
        {
            await Task.Delay(askEvery ?? TimeSpan.FromMilliseconds(20));
        }

        return Stopwatch.GetElapsedTime(started);
    }

    private static SweepSpec Spec(string name, int models, int steps) => new()
    {
        Name = name,
        Models = [.. Enumerable.Range(0, models).Select(i => $"m{i}")],
        Steps = [.. Enumerable.Range(0, steps)],
        Analyses =
        [
            Nothing with { Fingerprint = AnalysisId.Create("nothing", 1, new Dictionary<string, string> { ["sweep"] = name }).Fingerprint }
        ],
        ReferenceStep = 0,
        Source = "nowhere",
    };

    private static long PeakMegabytes() =>
        long.Parse(
            File.ReadLines("/proc/self/status")
                .First(line => line.StartsWith("VmHWM", StringComparison.Ordinal))
                .Split((char[])[' ', '\t'], StringSplitOptions.RemoveEmptyEntries)[1],
            CultureInfo.InvariantCulture) / 1024;

    private sealed class NoOpRunner(ResultStore store) : IShardRunner
    {
        private static readonly byte[] Small = new byte[200];

        public static TaskCompletionSource<long>? Started { get; set; }

        public Task<IPreparedTask> PrepareAsync(
            TaskId task, SweepSpec sweep, IReadOnlyList<AnalysisId> analyses, CancellationToken cancellationToken) =>
            Task.FromResult<IPreparedTask>(new Prepared(store, task, analyses));

        public FailureKind Classify(Exception error) => FailureKind.Permanent;

        private sealed class Prepared(ResultStore store, TaskId task, IReadOnlyList<AnalysisId> analyses) : IPreparedTask
        {
            public TaskResult Run(int attempt, string device, CancellationToken cancellationToken)
            {
                Started?.TrySetResult(Stopwatch.GetTimestamp());
                foreach (var analysis in analyses)
                {
                    store.CommitAsync(
                        new ResultKey(task.Checkpoint, analysis),
                        Small,
                        new RunRecord("", 0, "bench", default, attempt, 0, 0),
                        cancellationToken)
                        .GetAwaiter()
                        .GetResult();
                }

                return new TaskResult(analyses, [], 0);
            }

            public ValueTask DisposeAsync() => ValueTask.CompletedTask;
        }
    }

    private sealed class NoSeries : ISeriesWriter
    {
        public Task<int> CompactAsync(SweepSpec sweep, AnalysisId analysis, CancellationToken cancellationToken) =>
            Task.FromResult(sweep.Models.Count * sweep.Steps.Count);
    }

    /// <summary>How long each kind of grain call took, the long poll for tasks left out.</summary>
    private sealed class CallTimes : IIncomingGrainCallFilter
    {
        private readonly ConcurrentDictionary<string, ConcurrentBag<double>> _milliseconds = new(StringComparer.Ordinal);

        public void Clear() => _milliseconds.Clear();

        public async Task Invoke(IIncomingGrainCallContext context)
        {
            var started = Stopwatch.GetTimestamp();
            await context.Invoke();
            var isLongPoll = context.MethodName is nameof(IDispatcherGrain.LeaseAsync) or nameof(IDispatcherGrain.LeaseAfterAsync);
            if (!isLongPoll && context.InterfaceName.Contains("Pythia", StringComparison.OrdinalIgnoreCase))
            {
                _milliseconds.GetOrAdd($"{context.InterfaceName.Split('.')[^1]}.{context.MethodName}", _ => [])
                    .Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
            }
        }

        public void Print()
        {
            foreach (var (call, times) in _milliseconds.OrderBy(call => call.Key, StringComparer.Ordinal))
            {
                var sorted = times.Order().ToArray();
                Console.WriteLine(string.Create(
                    CultureInfo.InvariantCulture,
                    $"{call,-45} {sorted.Length,9} calls, median {sorted[sorted.Length / 2],7:0.00} ms, p99.9 "
                        + $"{sorted[(int)(sorted.Length * 0.999)],7:0.0} ms, longest {sorted[^1],7:0.0} ms"));
            }
        }
    }

    /// <summary>Remembers which names exist and how long they are; a million results need no more here.</summary>
    private sealed class NamesOnlyStore : IBlobStore
    {
        private readonly ConcurrentDictionary<string, HashSet<string>> _results = new(StringComparer.Ordinal);
        private readonly ConcurrentDictionary<string, byte[]> _others = new(StringComparer.Ordinal);

        public string Name => "names";

        public Task<bool> TryCreateAsync(string name, ReadOnlyMemory<byte> content, CancellationToken cancellationToken) =>
            Task.FromResult(
                Split(name) is { } result
                    ? TryAdd(result.Model, result.Result)
                    : _others.TryAdd(name, content.ToArray()));

        public Task WriteAsync(string name, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
        {
            if (!name.EndsWith(".run.json", StringComparison.Ordinal))
            {
                _others[name] = content.ToArray();
            }

            return Task.CompletedTask;
        }

        public Task<byte[]?> ReadAsync(string name, CancellationToken cancellationToken) =>
            Task.FromResult(_others.GetValueOrDefault(name));

        public Task<BlobVersion?> GetVersionAsync(string name, CancellationToken cancellationToken) =>
            Task.FromResult(_others.TryGetValue(name, out var blob) ? new BlobVersion(blob.Length, "") : null);

        public Task<bool> TryReplaceAsync(
            string name, BlobVersion version, ReadOnlyMemory<byte> content, CancellationToken cancellationToken) =>
            Task.FromResult(_others.TryGetValue(name, out var blob) && _others.TryUpdate(name, content.ToArray(), blob));

        public Task<byte[]?> ReadRangeAsync(string name, long offset, int count, CancellationToken cancellationToken) =>
            ReadAsync(name, cancellationToken);

        public Task<bool> ExistsAsync(string name, CancellationToken cancellationToken) =>
            Task.FromResult(
                Split(name) is { } result ? Names(result.Model, names => names.Contains(result.Result)) : _others.ContainsKey(name));

        public async IAsyncEnumerable<string> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
        {
            await Task.CompletedTask;
            foreach (var name in _others.Keys.Where(name => name.StartsWith(prefix, StringComparison.Ordinal))
                .Order(StringComparer.Ordinal))
            {
                yield return name;
            }

            var model = prefix.StartsWith("results/", StringComparison.Ordinal) ? prefix["results/".Length..].TrimEnd('/') : "";
            foreach (var result in Names(model, names => names.ToArray()) ?? [])
            {
                yield return $"results/{model}/{result}";
            }
        }

        public Task DeleteAsync(string name, CancellationToken cancellationToken)
        {
            _others.TryRemove(name, out _);
            return Task.CompletedTask;
        }

        // As in a real store, what is listed is one model's folder.
        private bool TryAdd(string model, string result)
        {
            var names = _results.GetOrAdd(model, _ => new HashSet<string>(StringComparer.Ordinal));
            lock (names)
            {
                return names.Add(result);
            }
        }

        private T? Names<T>(string model, Func<HashSet<string>, T> ask)
        {
            if (!_results.TryGetValue(model, out var names))
            {
                return default;
            }

            lock (names)
            {
                return ask(names);
            }
        }

        private static (string Model, string Result)? Split(string name) =>
            name.Split('/', 3) is ["results", var model, var rest] && !rest.EndsWith(".run.json", StringComparison.Ordinal)
                ? (model, rest)
                : null;
    }
}
