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

/// <summary>The coordinator: hosts the <see cref="SweepMachine"/> of one sweep, carries its steps out and brings it the answers.</summary>
/// <remarks>
/// Reentrant: what is decided between two awaits is decided in the machine, which drops answers to questions that a later order made
/// meaningless.
/// Steps are carried out one after the other, so that what the dispatcher is told arrives in the order in which it was decided.
/// </remarks>
[ControlSilosFirst]
[Reentrant]
internal sealed partial class SweepGrain(
    ResultStore store, SweepLedger ledger, IShardCosts costs, ControlSilos controls, TimeProvider time, ILogger<SweepGrain> logger)
    : Grain, ISweepGrain, IRemindable
{
    // That it exists says that the sweep runs; it wakes the coordinator after its silo died.
    private const string RunsReminder = "runs";

    private static readonly TimeSpan AdvanceEvery = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan WakeEvery = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan MaxPlanningWait = TimeSpan.FromSeconds(2);

    private readonly long _started = time.GetTimestamp();
    private readonly SemaphoreSlim _ordering = new(1);
    private readonly StoredCounts _stored = new(ledger);
    private readonly SweepView _view = new();
    private SweepMachine _machine = null!;
    private IGrainTimer? _timer;
    private bool _isAdvancing;
    private TaskCompletionSource _planned = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private string Name => this.GetPrimaryKeyString();

    private TimeSpan Now => time.GetElapsedTime(_started);

    private IDispatcherGrain Dispatcher => GrainFactory.GetGrain<IDispatcherGrain>(IDispatcherGrain.Key);

    private bool HasReminders => ServiceProvider.GetService<IReminderRegistry>() is not null;

    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        _machine = new SweepMachine(Name, costs.SizeOf);
        var spec = await store.ReadSweepAsync(Name, cancellationToken);
        _machine.Restore(spec, (await store.ReadOrderAsync(Name, cancellationToken))?.Order);
        if (spec is not null && HasReminders && await IsMarkedAsRunningAsync())
        {
            await WakeAsync();
        }

        Watch();
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
        if (_machine is { Counts: not null, WasPlanned: false, State: SweepState.Planning })
        {
            // Before planning has looked at every model, its count is below what a coordinator that died may have told.
            await Task.WhenAny(_planned.Task, Task.Delay(MaxPlanningWait));
        }

        var counts = await CountAsync(spec);

        // A coordinator that died after the end forgot it; a client that waits for the end must learn of it all the same.
        var state = _machine.State != SweepState.Idle || counts.Open > 0 ? _machine.State : SweepMachine.EndOf(counts);
        return new SweepProgress(
            Name, state, counts.Total, counts.AlreadyDone, counts.Done, _machine.Running, counts.Quarantined, counts.Cancelled,
                counts.BytesRead, counts.Models(),
            _machine.Problem, _machine.DescribeDelays());
    }

    public async Task<IReadOnlyList<ModelMap>> GetMapAsync() => (_machine.Counts ?? await CountAsync(Known())).Map();

    public async Task<IReadOnlyList<ShardFailure>> GetFailuresAsync(int skip, int take)
    {
        var failures = _machine.Counts is { } counts ? counts.Failures
            : await store.ReadFailuresAsync(Known().Name, CancellationToken.None);
        return [.. failures.Skip(skip).Take(take)];
    }

    public async Task RecordAsync(IReadOnlyList<TaskOutcome> ended, int running)
    {
        if (ended.Any(task => task.End != OutcomeKind.Cancelled))
        {
            await WakeAsync();
        }

        _machine.Record(ended, running);
        if (_machine.Counts is { Open: 0 })
        {
            _timer?.Change(TimeSpan.Zero, AdvanceEvery); // that was the last one: the end need not wait
        }
    }

    public Task DelayAsync(IReadOnlyList<TaskDelay> delays)
    {
        _machine.Delay(delays);
        return Task.CompletedTask;
    }

    private SweepSpec Known() =>
        _machine.Spec ?? throw new ArgumentException(
            $"There is no sweep '{Name}' in {store.Blobs.Name}. `pythia status` lists those that are.");

    // What the store holds is done, however far a first planning has come: it takes long while silos die.
    private async Task<SweepCounts> CountAsync(SweepSpec spec)
    {
        // A listing that planning used may be older than one that was counted: what was told stays told.
        if (_machine is { WasPlanned: true, Counts: { } own } && own.Done >= _stored.LeastDone(spec))
        {
            return own;
        }

        var stored = await _stored.CountAsync(spec, _machine.State == SweepState.Cancelled, isStarted: _machine.Counts is not null);
        return _machine.Counts is { } counts && counts.Done >= stored.Done ? counts : stored;
    }

    // Goes on where a coordinator stopped whose silo died; what a user paused or cancelled stays as it is.
    private async Task WakeAsync()
    {
        if (_machine.State == SweepState.Idle && _machine.Spec is not null)
        {
            _machine.Wake(await store.ReadFailuresAsync(Name, CancellationToken.None));
            Watch();
        }
    }

    // A long task is no call: without KeepAlive an idle coordinator would be collected, and its count with it.
    private void Watch()
    {
        if (_machine.IsActive)
        {
            _timer ??= this.RegisterGrainTimer(AdvanceAsync,
                new GrainTimerCreationOptions(TimeSpan.Zero, AdvanceEvery) { Interleave = true, KeepAlive = true });
        }
        else
        {
            _timer?.Dispose();
            _timer = null;
        }

        if (_machine.WasPlanned)
        {
            _planned.TrySetResult();
        }
        else if (_planned.Task.IsCompleted)
        {
            _planned = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }

    private async Task AdvanceAsync(CancellationToken cancellationToken)
    {
        if (_isAdvancing)
        {
            return;
        }

        _isAdvancing = true;
        try
        {
            if (controls.ShouldMigrate && _machine.IsQuiet)
            {
                // It finds its books and orders in the store, wherever it wakes, and by its reminder that it runs: it may have been
                // started or resumed here.
                await RemindAsync(_machine.State is SweepState.Planning or SweepState.Running or SweepState.Finishing);
                this.MigrateOnIdle();
                return;
            }

            var goesOn = true;
            while (goesOn && _machine.Next(Now) is { } step)
            {
                goesOn = await TryDoAsync(step, cancellationToken) && _machine.GoesOnAtOnce(step);
            }
        }
        finally
        {
            _isAdvancing = false;
            _view.Publish(_machine, costs.SizeOf);
            Watch();
        }
    }

    // Whether it succeeded; what failed is tried again when the timer comes.
    private async Task<bool> TryDoAsync(SweepStep step, CancellationToken cancellationToken)
    {
        try
        {
            await DoAsync(step, cancellationToken);
            return true;
        }
        catch (Exception error)
        {
            _machine.Failed(step);
            LogStumbled(logger, Name, error);
            return false;
        }
    }

    private async Task DoAsync(SweepStep step, CancellationToken cancellationToken)
    {
        switch (step)
        {
            case SweepStep.Connect connect:
                await ConnectAsync(connect, cancellationToken);
                break;
            case SweepStep.ListModel list:
                await ListAsync(list, cancellationToken);
                break;
            case SweepStep.Enqueue enqueue when _machine.Awaits(enqueue):
                await Dispatcher.EnqueueAsync(_machine.Spec!, enqueue.Tasks);
                _machine.Enqueued(enqueue);
                break;
            case SweepStep.Compare compare:
                if (_machine.Compared(compare, await Dispatcher.GetStatusAsync(Name)))
                {
                    LogPlanAgain(logger, Name, _machine.Counts!.Open);
                }

                break;
            case SweepStep.OrderQueue order:
                await (order.Order == QueueOrder.Cancel ? Dispatcher.CancelAsync(Name)
                    : Dispatcher.SetPausedAsync(Name, order.Order == QueueOrder.Pause));
                if (_machine.Awaits(order))
                {
                    await RemindAsync(order.Order == QueueOrder.Run); // else a later order of the user has marked the sweep otherwise
                }

                _machine.Ordered(order);
                break;
            case SweepStep.WriteSeries write:
                await WriteSeriesAsync(write);
                break;
            case SweepStep.CheckSeries check:
                await CheckSeriesAsync(check);
                break;
            case SweepStep.Close close:
                await CloseAsync(close);
                break;
        }
    }

    private async Task ConnectAsync(SweepStep.Connect step, CancellationToken cancellationToken)
    {
        await RemindAsync(true);
        var histories = await store.ReadHistoriesAsync(Name, cancellationToken);
        if (!_machine.Awaits(step))
        {
            return; // a user paused or cancelled it meanwhile
        }

        await Dispatcher.SetPausedAsync(Name, false);
        _machine.Connected(step, (await Dispatcher.GetStatusAsync(Name)).Epoch, histories);
    }

    private async Task ListAsync(SweepStep.ListModel step, CancellationToken cancellationToken)
    {
        var standing = await ledger.ReadFreshAsync(_machine.Spec!, step.Model, cancellationToken);
        _machine.Listed(step, standing.Missing);
        if (_machine.IsLastListed)
        {
            LogPlanned(logger, Name, _machine.Counts!.Total, _machine.Counts.AlreadyDone);
        }
    }

    private async Task WriteSeriesAsync(SweepStep.WriteSeries step)
    {
        var spec = _machine.Spec!;
        await Task.WhenAll(spec.Analyses.Select(analysis => step.IsLast ? Series(analysis).CompactAsync(spec, analysis) : Series(analysis)
            .FoldAsync(spec, analysis)));
        _machine.SeriesAsked(step);
    }

    private async Task CheckSeriesAsync(SweepStep.CheckSeries step)
    {
        try
        {
            var asked = _machine.Spec!.Analyses.Select(analysis => Series(analysis).IsCurrentAsync()).ToArray();
            await ((Task)Task.WhenAll(asked)).ConfigureAwait(
                ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);

            // What damaged results there are is known when each series has ended.
            var isWriting = Array.Exists(asked, series => series is { IsCompletedSuccessfully: true, Result: false });
            _machine.SeriesChecked(step, !isWriting && Array.TrueForAll(await Task.WhenAll(isWriting ? [] : asked), series => series));
        }
        catch (InvalidDataException error)
        {
            // What was damaged has been put aside: the store no longer holds it, whatever was counted.
            var spec = _machine.Spec!;
            var standing = await store.Ledger.ReadFreshAsync(spec, CancellationToken.None);
            if (_machine.SeriesFailed(step, error.Message, spec.Checkpoints().Where(checkpoint => !standing.IsDone(checkpoint))))
            {
                LogSeriesFailed(logger, Name, error);
            }
            else
            {
                LogStumbled(logger, Name, error);
            }
        }
    }

    private async Task CloseAsync(SweepStep.Close step)
    {
        await RemindAsync(false);
        await store.ClearHistoriesAsync(Name, CancellationToken.None);
        if (_machine.Closed(step) && _machine.Counts is { } counts)
        {
            LogEnded(logger, Name, counts.Done, counts.Total, counts.Quarantined);
        }
    }

    private async Task<bool> IsMarkedAsRunningAsync()
    {
        IGrainReminder? reminder = null;
        await AskMembershipAsync("looked up", async () => reminder = await this.GetReminder(RunsReminder));
        return reminder is not null;
    }

    // The caller asks again: an error of a provider's own kind would tell a client nothing.
    private async Task AskMembershipAsync(string what, Func<Task> ask)
    {
        try
        {
            await ask();
        }
        catch (Exception error) when (error is not OrleansException)
        {
            LogStumbled(logger, Name, error);
            throw new OrleansException(
                $"Sweep '{Name}' cannot be {what} where the cluster keeps its membership: {error.Message.Split('\n', 2)[0]}");
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

    private ISeriesGrain Series(AnalysisId analysis) => GrainFactory.GetGrain<ISeriesGrain>($"{Name}/{analysis.Name}");
}
