using System.Collections.Concurrent;
using System.Security.Cryptography;
using PythiaOrleans.Checkpoints.Catalog;
using PythiaOrleans.Cluster.Contracts;
using PythiaOrleans.Cluster.Scheduling;
using PythiaOrleans.Cluster.Workers;
using PythiaOrleans.Core.Ids;
using PythiaOrleans.Core.Sweeps;
using PythiaOrleans.Core.Tables;

namespace PythiaOrleans.Cluster.Tests;

/// <summary>What outlives silos in a test: the store, what each sweep's shards do when they are computed, and who computed them.</summary>
internal sealed class World : IShardCosts
{
    private readonly ConcurrentDictionary<CheckpointId, byte[]> _tables = new();

    public World() => Store = new ResultStore(Blobs);

    /// <summary>What a shard does: returns normally to commit, throws a <see cref="ShardException"/> to fail.</summary>
    public delegate void Compute(string silo, TaskId task, CancellationToken cancellationToken);

    public MemoryBlobStore Blobs { get; } = new();

    public ResultStore Store { get; }

    public ConcurrentDictionary<string, Compute> Sweeps { get; } = new(StringComparer.Ordinal);

    /// <summary>The steps of <c>pythia-14m</c> that lie on a silo's own disk.</summary>
    public Func<string, IEnumerable<int>> StepsOnDisk { get; set; } = _ => [];

    /// <summary>What every checkpoint is estimated to take; null divides nothing.</summary>
    public ShardCost? Cost { get; init; }

    /// <summary>Every start, in order.</summary>
    public ConcurrentQueue<(string Silo, TaskId Task)> Runs { get; } = new();

    /// <summary>How often each result was computed.</summary>
    public ConcurrentDictionary<ResultKey, int> Computed { get; } = new();

    /// <summary>The devices of each silo; null takes the processor without limits.</summary>
    public WorkerDevices? Devices { get; init; }

    /// <summary>What each task says that it takes of its device.</summary>
    public long DeviceBytes { get; init; }

    /// <summary>The device of every start, in order.</summary>
    public ConcurrentQueue<string> RanOn { get; } = new();

    /// <summary>What a task commits: a table of one row that says whose it is.</summary>
    public byte[] ResultOf(CheckpointId checkpoint) => _tables.GetOrAdd(checkpoint, _ => ResultParquet.WriteAsync(
        ResultTable.From(checkpoint, [new Row("embed_in", 1.5)]), new Dictionary<string, string> { ["checkpoint"] = checkpoint.ToString() },
        CancellationToken.None).GetAwaiter().GetResult());

    public static SweepSpec Spec(string name, int steps, params string[] models) => new()
    {
        Name = name,
        Models = models.Length > 0 ? models : ["pythia-14m"],
        Steps = [.. Enumerable.Range(0, steps)],
        Analyses = [AnalysisId.Create("moments", 1, new Dictionary<string, string> { ["sweep"] = name }),
            AnalysisId.Create("distance", 1, new Dictionary<string, string> { ["sweep"] = name })],
        ReferenceStep = 0,
        Stride = 1,
        Source = "nowhere",
    };

    public ShardCost? Find(SweepSpec sweep, string model) => Cost;

    public long SizeOf(string model) => ModelCatalog.Default.Find(model).Shape.ParameterCount;

    public int RunsOf(string sweep) => Runs.Count(run => run.Task.Sweep == sweep);

    private sealed record Row([property: Column("Which.")] string Component, [property: Column("How large.")] double Norm);
}

/// <summary>A shard that fails as it was told to.</summary>
internal sealed class ShardException(FailureKind kind, string message) : Exception(message)
{
    public FailureKind Kind { get; } = kind;
}

/// <summary>Computes nothing: commits the world's bytes, or fails as the sweep says.</summary>
internal sealed class FakeRunner(World world, string silo) : IShardRunner
{
    // As the product's runner does: what exists is not computed.
    public async Task<IPreparedTask> PrepareAsync(TaskId task, SweepSpec sweep, IReadOnlyList<AnalysisId> analyses,
        CancellationToken cancellationToken) =>
        new FakeTask(world, silo, task, await world.Store.MissingAsync(task.Checkpoint, analyses, cancellationToken));

    public IReadOnlyCollection<CachedCheckpoint> CachedCheckpoints() =>
        [.. world.StepsOnDisk(silo).Select(step => new CachedCheckpoint("nowhere", new CheckpointId("pythia-14m", step)))];

    public FailureKind Classify(Exception error) => error is ShardException shard ? shard.Kind : FailureKind.Transient;

    private sealed class FakeTask(World world, string silo, TaskId task, IReadOnlyList<AnalysisId> analyses) : IPreparedTask
    {
        public TaskResult Run(int attempt, string device, CancellationToken cancellationToken)
        {
            if (analyses.Count == 0)
            {
                return new TaskResult([], [], 0);
            }

            world.Runs.Enqueue((silo, task));
            world.RanOn.Enqueue(device);
            world.Sweeps.GetValueOrDefault(task.Sweep)?.Invoke(silo, task, cancellationToken);
            var result = world.ResultOf(task.Checkpoint);
            var run = new RunRecord(Convert.ToHexStringLower(SHA256.HashData(result)), 1, silo, default, attempt, 0, 0);
            foreach (var analysis in analyses)
            {
                world.Computed.AddOrUpdate(new ResultKey(task.Checkpoint, analysis), 1, (_, times) => times + 1);
                world.Store.CommitAsync(new ResultKey(task.Checkpoint, analysis), result, run, cancellationToken).GetAwaiter()
                    .GetResult();
            }

            return new TaskResult(analyses, [], 10);
        }

        public long DeviceBytes(string device) => world.DeviceBytes;

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
