using System.Text.Json;
using Microsoft.Extensions.Logging;
using Orleans.Concurrency;
using PythiaOrleans.Checkpoints;
using PythiaOrleans.Results;

namespace PythiaOrleans.Cluster;

/// <summary>The coordinator: finds what is missing, has it computed, keeps count, has the series written.</summary>
/// <remarks>
/// It holds nothing that the store does not: after its silo died it plans again, which finds what was committed. Planning takes one listing a model and
/// runs model by model on a timer, so that no call waits for it.
/// </remarks>
[Reentrant]
internal sealed partial class SweepGrain(ResultStore store, ModelCatalog catalog, ILogger<SweepGrain> logger) : Grain, ISweepGrain
{
    private const int EnqueueBatch = 512;

    private static readonly TimeSpan AdvanceEvery = TimeSpan.FromMilliseconds(100);

    private readonly Queue<string> _modelsToPlan = new();
    private SweepSpec? _spec;
    private SweepCounts? _counts;
    private SweepState _state = SweepState.Idle;
    private Guid _epoch;
    private int _running;
    private bool _advancing;

    private string Name => this.GetPrimaryKeyString();

    private IDispatcherGrain Dispatcher => GrainFactory.GetGrain<IDispatcherGrain>(IDispatcherGrain.Key);

    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        _spec = await store.ReadSweepAsync(Name, cancellationToken);
        this.RegisterGrainTimer(AdvanceAsync, new GrainTimerCreationOptions(AdvanceEvery, AdvanceEvery) { Interleave = true });
    }

    public async Task StartAsync(SweepSpec spec)
    {
        if (spec.Name != Name)
        {
            throw new ArgumentException($"Sweep '{spec.Name}' was sent to the coordinator of '{Name}'.", nameof(spec));
        }

        if (_spec is null && !await store.TryCreateSweepAsync(spec, CancellationToken.None))
        {
            _spec = await store.ReadSweepAsync(Name, CancellationToken.None);
        }

        if (_spec is not null && Keys(_spec) != Keys(spec))
        {
            throw new ArgumentException(
                $"A sweep '{Name}' exists with other models, steps or analyses ({Summary(_spec)}; asked for now: {Summary(spec)}). Choose another name with --name.", nameof(spec));
        }

        if (_spec is not null && _spec.Source != spec.Source)
        {
            await store.WriteSweepAsync(spec, CancellationToken.None); // the same keys, moved to another place
        }

        _spec = spec;
        if (_state is SweepState.Idle or SweepState.Completed or SweepState.CompletedWithFailures or SweepState.Cancelled)
        {
            await BeginAsync(spec);
        }
    }

    public async Task<SweepProgress> GetProgressAsync()
    {
        var spec = Known();
        var counts = _counts ?? await CountStoredAsync(spec);
        return new SweepProgress(
            Name, _state, counts.Total, counts.AlreadyDone, counts.Done, _running, counts.Quarantined, counts.Cancelled, counts.BytesRead, counts.Models());
    }

    public async Task PauseAsync()
    {
        Known();
        if (_state is SweepState.Planning or SweepState.Running)
        {
            await Dispatcher.SetPausedAsync(Name, true);
            _state = SweepState.Paused;
        }
    }

    public async Task ResumeAsync()
    {
        var spec = Known();
        if (_state == SweepState.Paused)
        {
            await Dispatcher.SetPausedAsync(Name, false);
            _state = _modelsToPlan.Count > 0 ? SweepState.Planning : SweepState.Running;
            await RetryQuarantinedAsync();
        }
        else if (_state is SweepState.Planning or SweepState.Running)
        {
            await RetryQuarantinedAsync();
        }
        else if (_state != SweepState.Finishing)
        {
            await BeginAsync(spec);
        }
    }

    public async Task CancelAsync()
    {
        Known();
        if (_state is SweepState.Planning or SweepState.Running or SweepState.Paused)
        {
            _modelsToPlan.Clear();
            await Dispatcher.CancelAsync(Name);
            _state = SweepState.Cancelled;
        }
    }

    public async Task<IReadOnlyList<ShardFailure>> GetFailuresAsync(int skip, int take)
    {
        var failures = _counts is { } counts ? counts.Failures : await store.ReadFailuresAsync(Known().Name, CancellationToken.None);
        return [.. failures.Skip(skip).Take(take)];
    }

    public Task RecordAsync(IReadOnlyList<TaskEnded> ended, int running)
    {
        _running = running;
        foreach (var task in ended)
        {
            _counts?.Record(task);
        }

        return Task.CompletedTask;
    }

    // Source, priority and attempts may change from run to run; the keys may not.
    private static string Keys(SweepSpec spec) => JsonSerializer.Serialize(new { spec.Models, spec.Steps, Analyses = spec.Analyses.Select(analysis => analysis.ToString()) });

    private static string Summary(SweepSpec spec) =>
        $"{spec.Models.Count} models, {spec.Steps.Count} steps from {spec.Steps[0]} to {spec.Steps[^1]}, {string.Join(", ", spec.Analyses)}";

    [LoggerMessage(Level = LogLevel.Information, Message = "Sweep {Sweep} planned: {Total} shards, {AlreadyDone} already done")]
    private static partial void LogPlanned(ILogger logger, string sweep, int total, int alreadyDone);

    [LoggerMessage(Level = LogLevel.Information, Message = "Sweep {Sweep} ended: {Done} of {Total} shards, {Quarantined} quarantined")]
    private static partial void LogEnded(ILogger logger, string sweep, int done, int total, int quarantined);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Sweep {Sweep} could not go on and will try again")]
    private static partial void LogStumbled(ILogger logger, string sweep, Exception error);

    private SweepSpec Known() => _spec ?? throw new ArgumentException($"There is no sweep '{Name}' in {store.Blobs.Name}. `pythia status` lists those that are.");

    private async Task BeginAsync(SweepSpec spec)
    {
        _counts = new SweepCounts(spec);
        _running = 0;
        _modelsToPlan.Clear();
        foreach (var model in spec.Models)
        {
            _modelsToPlan.Enqueue(model);
        }

        _epoch = await Dispatcher.GetEpochAsync();
        await Dispatcher.SetPausedAsync(Name, false);
        _state = SweepState.Planning;
    }

    private async Task AdvanceAsync(CancellationToken cancellationToken)
    {
        if (_advancing || _spec is not { } spec)
        {
            return;
        }

        _advancing = true;
        try
        {
            await AdvanceAsync(spec, cancellationToken);
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            LogStumbled(logger, Name, error); // the timer comes again
        }
        finally
        {
            _advancing = false;
        }
    }

    private async Task AdvanceAsync(SweepSpec spec, CancellationToken cancellationToken)
    {
        switch (_state)
        {
            case SweepState.Planning when _modelsToPlan.TryPeek(out var model):
                await PlanAsync(spec, model, cancellationToken);
                _modelsToPlan.TryDequeue(out _);
                break;
            case SweepState.Planning:
                LogPlanned(logger, Name, _counts!.Total, _counts.AlreadyDone);
                _state = SweepState.Running;
                break;
            case SweepState.Running when _counts!.Open == 0:
                await CompactAsync(spec);
                _state = SweepState.Finishing;
                break;
            case SweepState.Running when await Dispatcher.GetEpochAsync() is var epoch && epoch != _epoch:
                await BeginAsync(spec); // the dispatcher lost its tasks with its silo
                break;
            case SweepState.Finishing when await AreCurrentAsync(spec):
                _state = _counts!.Quarantined > 0 ? SweepState.CompletedWithFailures : SweepState.Completed;
                LogEnded(logger, Name, _counts.Done, _counts.Total, _counts.Quarantined);
                break;
        }
    }

    private async Task PlanAsync(SweepSpec spec, string model, CancellationToken cancellationToken)
    {
        var stored = await store.ListAsync(model, cancellationToken);
        var cost = catalog.Find(model).Shape.ParameterCount;
        var tasks = new List<TaskRequest>();
        foreach (var checkpoint in spec.Steps.Select(step => new CheckpointId(model, step)))
        {
            var missing = spec.Analyses.Where(analysis => !stored.Contains(new ResultKey(checkpoint, analysis))).ToArray();
            if (missing.Length == 0)
            {
                _counts!.Found(checkpoint);
            }
            else if (!_counts!.HasEnded(checkpoint))
            {
                tasks.Add(new TaskRequest(new TaskId(Name, checkpoint), missing, cost));
            }
        }

        foreach (var batch in tasks.Chunk(EnqueueBatch))
        {
            await Dispatcher.EnqueueAsync(spec, batch);
        }
    }

    private async Task RetryQuarantinedAsync()
    {
        foreach (var model in _counts!.Reopen().Select(checkpoint => checkpoint.Model).Distinct())
        {
            await PlanAsync(_spec!, model, CancellationToken.None);
        }
    }

    private Task CompactAsync(SweepSpec spec) => Task.WhenAll(spec.Analyses.Select(analysis => Series(analysis).CompactAsync(spec, analysis)));

    private async Task<bool> AreCurrentAsync(SweepSpec spec)
    {
        var current = await Task.WhenAll(spec.Analyses.Select(analysis => Series(analysis).IsCurrentAsync()));
        return Array.TrueForAll(current, series => series);
    }

    private ISeriesGrain Series(AnalysisId analysis) => GrainFactory.GetGrain<ISeriesGrain>($"{Name}/{analysis.Name}");

    private async Task<SweepCounts> CountStoredAsync(SweepSpec spec)
    {
        var counts = new SweepCounts(spec);
        foreach (var model in spec.Models)
        {
            var stored = await store.ListAsync(model, CancellationToken.None);
            foreach (var checkpoint in spec.Steps.Select(step => new CheckpointId(model, step)))
            {
                if (spec.Analyses.All(analysis => stored.Contains(new ResultKey(checkpoint, analysis))))
                {
                    counts.Found(checkpoint);
                }
            }
        }

        foreach (var failure in await store.ReadFailuresAsync(Name, CancellationToken.None))
        {
            counts.Record(new TaskEnded(new TaskId(Name, failure.Checkpoint), TaskEnd.Quarantined, failure, 0));
        }

        return counts;
    }
}
