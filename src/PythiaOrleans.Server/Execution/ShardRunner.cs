using System.Collections.Concurrent;
using System.Reflection;
using PythiaOrleans.Analyses;
using PythiaOrleans.Analyses.Tokens;
using PythiaOrleans.Checkpoints.Catalog;
using PythiaOrleans.Checkpoints.Formats;
using PythiaOrleans.Checkpoints.Opening;
using PythiaOrleans.Checkpoints.Sources;
using PythiaOrleans.Cluster.Contracts;
using PythiaOrleans.Cluster.Scheduling;
using PythiaOrleans.Cluster.Workers;
using PythiaOrleans.Core.Ids;
using PythiaOrleans.Core.Sweeps;
using PythiaOrleans.Core.Telemetry;
using PythiaOrleans.Server.Planning;

namespace PythiaOrleans.Server.Execution;

/// <summary>Fetches, loads, analyses and commits: the computation behind the cluster's <see cref="IShardRunner"/>.</summary>
/// <param name="catalog">What is known of the models.</param>
/// <param name="sources">Opens a sweep's source by its name.</param>
/// <param name="store">Where results are committed.</param>
/// <param name="registry">What this silo can measure.</param>
/// <param name="time">The clock of the run records.</param>
public sealed class ShardRunner(
    ModelCatalog catalog,
    CheckpointSources sources,
    ResultStore store,
    AnalysisRegistry registry,
    TimeProvider time) : IShardRunner
{
    private readonly LocalCacheInventory _disk = new(sources, time);
    private readonly DigestCache _digests = new();
    private readonly SourceCatalogs _models = new(catalog);
    private readonly ConcurrentDictionary<BatchSpec, TokenBatch> _batches = new();
    private readonly ConcurrentDictionary<AnalysisId, bool> _lacked = new();
    private readonly ConcurrentDictionary<TaskId, Core.Telemetry.FetchProgress> _fetching = new();

    /// <summary>The version that enters every result's provenance.</summary>
    internal static string SoftwareVersion { get; } =
        typeof(ShardRunner).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion;

    /// <inheritdoc />
    public async Task<IPreparedTask> PrepareAsync(
        TaskId task, SweepSpec sweep, IReadOnlyList<AnalysisId> analyses, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(sweep);
        ArgumentNullException.ThrowIfNull(analyses);
        var progress = Core.Telemetry.FetchProgress.Begin();
        _fetching[task] = progress;
        try
        {
            return await FetchAllAsync(task, sweep, analyses, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _fetching.TryRemove(KeyValuePair.Create(task, progress));
        }
    }

    private async Task<IPreparedTask> FetchAllAsync(
        TaskId task, SweepSpec sweep, IReadOnlyList<AnalysisId> analyses, CancellationToken cancellationToken)
    {
        var model = _models.Find(sweep.Source, task.Checkpoint.Model);
        var source = sources.Open(sweep.Source);
        var batch = await BatchOfAsync(sweep, cancellationToken).ConfigureAwait(false);

        // A worker that died may have committed a part of the task: that part is done.
        var missing = await store.MissingAsync(task.Checkpoint, analyses, cancellationToken).ConfigureAwait(false);
        if (missing.Length == 0)
        {
            return new DoneTask(analyses);
        }

        var (wanted, unknown) = Select(sweep, missing, batch);

        var neighbours = wanted.Aggregate(RequiredCheckpoints.None, (all, analysis) => all | analysis.RequiredCheckpoints);

        using var stage = Stage.Fetch(task.Checkpoint);
        var files = new List<IDisposable>();
        var signs = new Dictionary<CheckpointId, string>();
        try
        {
            var own = await FetchAsync(task.Checkpoint).ConfigureAwait(false);
            var reference = neighbours.HasFlag(RequiredCheckpoints.Reference)
                ? await TryFetchAsync(task.Checkpoint with { Step = sweep.ReferenceStep }).ConfigureAwait(false)
                : null;
            var previous = neighbours.HasFlag(RequiredCheckpoints.Previous) && sweep.Stride is { } stride && task.Checkpoint.Step >= stride
                ? await TryFetchAsync(task.Checkpoint with { Step = task.Checkpoint.Step - stride }).ConfigureAwait(false)
                : null;
            return new PreparedTask(
                new TaskInputs(model, source.Name, own, reference, previous) { SourceBytes = signs },
                wanted,
                unknown,
                batch.Spec,
                store,
                _digests,
                time,
                files);
        }
        catch
        {
            files.ForEach(file => file.Dispose());
            throw;
        }

        async ValueTask<CheckpointFiles> FetchAsync(CheckpointId checkpoint)
        {
            var fetched = await source.FetchAsync(checkpoint, cancellationToken).ConfigureAwait(false);
            files.Add(fetched);
            if (await source.SignAsync(checkpoint, cancellationToken).ConfigureAwait(false) is { } sign)
            {
                signs[checkpoint] = sign;
            }

            if (!CheckpointSources.IsShared(sweep.Source))
            {
                _disk.OnFetched();
            }

            return fetched;
        }

        // A neighbour that is not there must not cost the checkpoint its other analyses: those that need it say so themselves.
        async ValueTask<CheckpointFiles?> TryFetchAsync(CheckpointId checkpoint)
        {
            try
            {
                return await source.FindAsync(checkpoint, cancellationToken).ConfigureAwait(false) is null
                    ? null
                    : await FetchAsync(checkpoint).ConfigureAwait(false);
            }
            catch (Exception error) when (error is CheckpointFormatException or FileNotFoundException)
            {
                return null;
            }
        }
    }

    /// <inheritdoc />
    public IReadOnlyCollection<CachedCheckpoint> CachedCheckpoints() => _disk.List();

    /// <inheritdoc />
    public IReadOnlyCollection<AnalysisId> LackedAnalyses() => [.. _lacked.Keys];

    /// <inheritdoc />
    public long FetchProgress(TaskId task) => _fetching.TryGetValue(task, out var progress) ? progress.Answers : 0;

    /// <inheritdoc />
    public FailureKind Classify(Exception error) => Failures.Classify(error);

    // One object for all tasks of a sweep: it keeps the tokens.
    private async Task<TokenBatch> BatchOfAsync(SweepSpec sweep, CancellationToken cancellationToken)
    {
        if (sweep.Batch is not { } spec || spec.Kind == BatchSpec.DefaultText)
        {
            return _batches.GetOrAdd(sweep.Batch ?? TokenBatch.Default.Spec, _ => TokenBatch.Describe(sweep.Batch));
        }

        if (!_batches.TryGetValue(spec, out var batch))
        {
            var content = await store.Blobs.ReadAsync(spec.Path, cancellationToken)
                .ConfigureAwait(false) ?? throw new FileNotFoundException(
                $"{store.Blobs.Name}/{spec.Path}: expected the token batch of sweep '{sweep.Name}', found nothing. Start the sweep again "
                    + "with --batch and the same file.");
            batch = _batches.GetOrAdd(spec, _ => new TokenBatch(spec, content));
        }

        return batch;
    }

    // What this silo lacks fails, and the rest is computed all the same.
    private (
        IReadOnlyList<IAnalysis> Wanted,
        IReadOnlyList<AnalysisFailure> Unknown) Select(SweepSpec sweep, IReadOnlyList<AnalysisId> missing, TokenBatch batch)
    {
        var known = registry.Create(AnalysisSettings.FromSweep(sweep) with { Batch = batch })
            .ToDictionary(analysis => analysis.Description.Id);
        AnalysisId[] unknown = [.. missing.Where(id => !known.ContainsKey(id))];
        if (unknown.Length == 0)
        {
            return (InOrder(), []);
        }

        Array.ForEach(unknown, id => _lacked.TryAdd(id, true));
        var error = new UnknownAnalysisException(sweep.Name, unknown, known.Keys);
        return unknown.Length == missing.Count
            ? throw error
            : (InOrder(), Array.ConvertAll(unknown, id => new AnalysisFailure(id, Failures.Classify(error), error.Message)));

        // The first ones count what later ones read.
        IReadOnlyList<IAnalysis> InOrder() =>
            [.. missing.Where(known.ContainsKey).Select(id => known[id]).OrderBy(analysis => analysis.Description.Order)];
    }
}
