using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Orleans.Concurrency;
using Orleans.Runtime;
using Orleans.Timers;
using PythiaOrleans.Cluster.Contracts;
using PythiaOrleans.Cluster.Placement;
using PythiaOrleans.Cluster.Scheduling;
using PythiaOrleans.Cluster.Telemetry;
using PythiaOrleans.Cluster.Workers;
using PythiaOrleans.Core.Ids;
using PythiaOrleans.Core.Sweeps;

namespace PythiaOrleans.Cluster.Grains;

/// <summary>The coordinator: finds what is missing, has it computed, keeps count, has the series written.</summary>
/// <remarks>
/// It holds nothing that the store does not: after its silo died it plans again, which finds what was committed. Planning takes one listing a model and
/// runs model by model on a timer, so that no call waits for it.
/// </remarks>
[ControlSilosFirst]
[Reentrant]
internal sealed partial class SweepGrain(ResultStore store, IShardCosts costs, ControlSilos controls, ILogger<SweepGrain> logger) : Grain, ISweepGrain, IRemindable
{
    private const int EnqueueBatch = 512;

    private const int MaxCompactions = 3;

    // A report may be on its way when dispatcher and coordinator disagree once; twice in a row means that it was lost.
    private const int MaxDisagreements = 2;

    // That it exists says that the sweep runs; it wakes the coordinator after its silo died.
    private const string RunsReminder = "runs";

    private static readonly TimeSpan AdvanceEvery = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan WakeEvery = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan MaxPlanningWait = TimeSpan.FromSeconds(2);

    private readonly Queue<string> _modelsToPlan = new();
    private IGrainTimer? _timer;
    private SweepSpec? _spec;
    private SweepCounts? _counts;
    private SweepState _state = SweepState.Idle;
    private Guid _epoch;
    private int _running;
    private int _disagreements;
    private int _compactions;
    private string? _problem;
    private bool _plannedBefore;
    private Task<SweepCounts>? _stored;
    private bool _hasGrown;
    private TaskCompletionSource _planned = new();
    private bool _advancing;
    private readonly SweepView _view = new();

    private string Name => this.GetPrimaryKeyString();

    private IDispatcherGrain Dispatcher => GrainFactory.GetGrain<IDispatcherGrain>(IDispatcherGrain.Key);

    private bool HasReminders => ServiceProvider.GetService<IReminderRegistry>() is not null;

    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        _spec = await store.ReadSweepAsync(Name, cancellationToken);
        if (_spec is not null && HasReminders && await this.GetReminder(RunsReminder) is not null)
        {
            await WakeAsync();
        }
    }

    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        SweepGauges.OfProcess.Forget(Name);
        return Task.CompletedTask;
    }

    public Task ReceiveReminder(string reminderName, TickStatus status) => WakeAsync();

    public async Task<SweepProgress> GetProgressAsync()
    {
        var spec = Known();
        if (_counts is not null && !_plannedBefore && _state == SweepState.Planning)
        {
            // Before planning has looked at every model, its count is below what a coordinator that died may have told.
            await Task.WhenAny(_planned.Task, Task.Delay(MaxPlanningWait));
        }

        var counts = _counts is { } own && (_plannedBefore || _state != SweepState.Planning) ? own : await AtLeastStoredAsync(spec);

        // A coordinator that died after the end forgot it; whoever waits for the end must learn of it all the same.
        var state = _state != SweepState.Idle || counts.Open > 0 ? _state : EndOf(counts);
        return new SweepProgress(
            Name, state, counts.Total, counts.AlreadyDone, counts.Done, _running, counts.Quarantined, counts.Cancelled, counts.BytesRead, counts.Models(),
            _problem);
    }

    public async Task<IReadOnlyList<ModelMap>> GetMapAsync()
    {
        var spec = Known();
        return (_counts ?? await CountStoredAsync(spec)).Map();
    }

    public async Task<IReadOnlyList<ShardFailure>> GetFailuresAsync(int skip, int take)
    {
        var failures = _counts is { } counts ? counts.Failures : await store.ReadFailuresAsync(Known().Name, CancellationToken.None);
        return [.. failures.Skip(skip).Take(take)];
    }

    public async Task RecordAsync(IReadOnlyList<TaskOutcome> ended, int running)
    {
        if (ended.Any(task => task.End != OutcomeKind.Cancelled))
        {
            await WakeAsync();
        }

        _running = running;
        foreach (var task in ended)
        {
            _counts?.Record(task);
        }
    }

    // What the store holds is done, however far a first planning has come: it takes long while silos die. Counted once an activation and planning, for that takes as long.
    private async Task<SweepCounts> AtLeastStoredAsync(SweepSpec spec)
    {
        if (_counts is null)
        {
            return await CountStoredAsync(spec);
        }

        if (_stored is null or { IsFaulted: true })
        {
            _stored = CountStoredAsync(spec);
        }

        var stored = await _stored;
        return _counts is { } own && own.Done >= stored.Done ? own : stored;
    }

    private SweepSpec Known() => _spec ?? throw new ArgumentException($"There is no sweep '{Name}' in {store.Blobs.Name}. `pythia status` lists those that are.");

    // Goes on where a coordinator stopped whose silo died. Its quarantined shards stay quarantined.
    private async Task WakeAsync()
    {
        if (_state != SweepState.Idle || _spec is not { } spec)
        {
            return;
        }

        var failures = await store.ReadFailuresAsync(Name, CancellationToken.None);
        if (_state == SweepState.Idle)
        {
            Begin(spec);
            _counts!.Record(Name, failures);
        }
    }

    private async Task RemindAsync(bool wanted)
    {
        if (!HasReminders)
        {
            return; // the local profile ends with its process
        }

        if (wanted)
        {
            await this.RegisterOrUpdateReminder(RunsReminder, WakeEvery, WakeEvery);
        }
        else if (await this.GetReminder(RunsReminder) is { } reminder)
        {
            await this.UnregisterReminder(reminder);
        }
    }

    private void Begin(SweepSpec spec)
    {
        _counts = new SweepCounts(spec);
        _problem = null;
        _compactions = 0;
        _plannedBefore = false;
        _planned = new TaskCompletionSource();
        Plan(spec);

        // A long task is no call: without KeepAlive an idle coordinator would be collected, and its count with it.
        _timer ??= this.RegisterGrainTimer(AdvanceAsync, new GrainTimerCreationOptions(TimeSpan.Zero, AdvanceEvery) { Interleave = true, KeepAlive = true });
    }

    // What was counted stays counted: progress must not go back because a silo died.
    private void Plan(SweepSpec spec)
    {
        _running = 0;
        _disagreements = 0;
        _epoch = Guid.Empty;
        _stored = null;
        _modelsToPlan.Clear();
        foreach (var model in spec.Models.OrderByDescending(Cost))
        {
            _modelsToPlan.Enqueue(model); // tasks run while the rest is planned: the large ones should come first then, too
        }

        _state = SweepState.Planning;
    }

    private void End(SweepState state)
    {
        _state = state;
        _running = 0;
        _timer?.Dispose();
        _timer = null;
    }

    private async Task AdvanceAsync(CancellationToken cancellationToken)
    {
        if (_advancing || _spec is null)
        {
            return;
        }

        _advancing = true;
        try
        {
            if (controls.IsGuestHere)
            {
                // It finds its books in the store, wherever it wakes, and by its reminder that it runs: it may have been started or resumed here.
                await RemindAsync(_state != SweepState.Paused);
                this.MigrateOnIdle();
                return;
            }

            do
            {
                await AdvanceAsync(_spec, cancellationToken); // it may have grown since the last turn
            }
            while (_state == SweepState.Planning);
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            LogStumbled(logger, Name, error); // the timer comes again
        }
        finally
        {
            _advancing = false;
            Show();
        }
    }

    private async Task AdvanceAsync(SweepSpec spec, CancellationToken cancellationToken)
    {
        switch (_state)
        {
            case SweepState.Planning when _epoch == Guid.Empty:
                await RemindAsync(true);
                await Dispatcher.SetPausedAsync(Name, false);
                _epoch = (await Dispatcher.GetStatusAsync(Name)).Epoch;
                break;
            case SweepState.Planning when _modelsToPlan.TryDequeue(out var model):
                await PlanOrPutBackAsync(spec, model, cancellationToken);
                break;
            case SweepState.Planning:
                LogPlanned(logger, Name, _counts!.Total, _counts.AlreadyDone);
                (_plannedBefore, _hasGrown) = (true, false);
                _state = SweepState.Running;
                _planned.TrySetResult();
                break;
            case SweepState.Running when _counts!.Open == 0:
                await CompactAsync(spec);
                _state = SweepState.Finishing;
                break;
            case SweepState.Running:
                Compare(spec, await Dispatcher.GetStatusAsync(Name));
                break;
            case SweepState.Finishing:
                await FinishAsync(spec);
                break;
        }
    }

    private void Show() => _view.Show(_spec, _counts, _state, _running, Cost);

    private void Compare(SweepSpec spec, DispatcherStatus dispatcher)
    {
        if (_state != SweepState.Running)
        {
            return; // somebody paused or cancelled it meanwhile
        }

        _running = dispatcher.Leased;
        _disagreements = dispatcher.Open == 0 && _counts!.Open > 0 ? _disagreements + 1 : 0;
        if (dispatcher.Epoch != _epoch || _disagreements >= MaxDisagreements)
        {
            LogPlanAgain(logger, Name, _counts!.Open);
            Plan(spec); // the dispatcher lost its tasks with its silo
        }
    }

    private async Task FinishAsync(SweepSpec spec)
    {
        try
        {
            if (!await AreCurrentAsync(spec))
            {
                return;
            }
        }
        catch (InvalidDataException error) when (++_compactions < MaxCompactions)
        {
            LogStumbled(logger, Name, error);
            if (!await ReopenMissingAsync(spec))
            {
                await CompactAsync(spec);
            }

            return;
        }
        catch (InvalidDataException error)
        {
            LogSeriesFailed(logger, Name, error);
            _problem = error.Message; // the results are there; only what was to be made of them is not
        }

        await RemindAsync(false);
        End(EndOf(_counts!));
        LogEnded(logger, Name, _counts!.Done, _counts.Total, _counts.Quarantined);
    }

    // What was damaged has been put aside: the store no longer holds it, whatever was counted.
    private async Task<bool> ReopenMissingAsync(SweepSpec spec)
    {
        var standing = await store.Ledger.ReadFreshAsync(spec, CancellationToken.None);
        var lost = spec.Checkpoints().Count(checkpoint => !standing.IsDone(checkpoint) && _counts!.Lose(checkpoint));
        if (lost > 0)
        {
            Plan(spec);
        }

        return lost > 0;
    }

    private static SweepState EndOf(SweepCounts counts) => counts.Quarantined > 0 ? SweepState.CompletedWithFailures : SweepState.Completed;

    private Task CompactAsync(SweepSpec spec) => Task.WhenAll(spec.Analyses.Select(analysis => Series(analysis).CompactAsync(spec, analysis)));

    private async Task<bool> AreCurrentAsync(SweepSpec spec)
    {
        var asked = spec.Analyses.Select(analysis => Series(analysis).IsCurrentAsync()).ToArray();
        await ((Task)Task.WhenAll(asked)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        if (Array.Exists(asked, series => series.IsCompletedSuccessfully && !series.Result))
        {
            return false; // what damaged results there are is known when each series has ended
        }

        await Task.WhenAll(asked);
        return true;
    }

    private ISeriesGrain Series(AnalysisId analysis) => GrainFactory.GetGrain<ISeriesGrain>($"{Name}/{analysis.Name}");
}
