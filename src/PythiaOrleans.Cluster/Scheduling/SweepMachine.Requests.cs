using PythiaOrleans.Cluster.Contracts;
using PythiaOrleans.Core.Ids;
using PythiaOrleans.Core.Sweeps;

namespace PythiaOrleans.Cluster.Scheduling;

/// <content>
/// What users ask of a sweep. First <see cref="Hold"/>, then the request is stored, then <see cref="Apply(SweepRequest)"/> or <see
/// cref="Refuse"/>.
/// </content>
internal sealed partial class SweepMachine
{
    private bool IsStarted => State is SweepState.Planning or SweepState.Running or SweepState.Paused or SweepState.Finishing;

    /// <summary>What pausing asks for; null where there is nothing to pause.</summary>
    public SweepRequest? Pause() => State is SweepState.Planning or SweepState.Running or SweepState.Finishing ? new SweepRequest.Pause()
        : null;

    /// <summary>What cancelling asks for; null where there is nothing to cancel.</summary>
    public SweepRequest? Cancel() => IsStarted ? new SweepRequest.Cancel() : null;

    /// <summary>What starting asks for.</summary>
    /// <param name="spec">The spec as it is asked for now.</param>
    /// <param name="hasChanged">Whether it differs from the stored one.</param>
    public SweepRequest Start(SweepSpec spec, bool hasChanged) => new SweepRequest.Start(spec, hasChanged, State == SweepState.Paused);

    /// <summary>What extending asks for.</summary>
    public SweepRequest Extend(SweepSpec spec) => new SweepRequest.Extend(spec, State == SweepState.Paused);

    /// <summary>What retrying one shard asks for; null where it was not given up.</summary>
    /// <param name="checkpoint">The shard's checkpoint.</param>
    /// <param name="stored">The failures that the store holds, for a sweep that is not counted here.</param>
    public SweepRequest? Retry(CheckpointId checkpoint, IReadOnlyList<ShardFailure> stored)
    {
        var isFailed = IsStarted && Counts is { } counts
            ? counts.Failures.Any(failure => failure.Checkpoint == checkpoint)
            : stored.Any(failure => failure.Checkpoint == checkpoint);
        return isFailed
            ? new SweepRequest.Retry(checkpoint, [.. stored.Where(failure => failure.Checkpoint != checkpoint)], State == SweepState.Paused)
            : null;
    }

    /// <summary>A request is being stored: until it is, nothing is decided, and what was decided before means nothing any more.</summary>
    public void Hold()
    {
        if (_isOrderPending)
        {
            throw new InvalidOperationException($"Another request to sweep '{name}' is being stored.");
        }

        _isOrderPending = true;
        _awaited = null;
    }

    /// <summary>The request could not be stored; the sweep goes on as before.</summary>
    public void Refuse() => _isOrderPending = false;

    /// <summary>The request is stored and takes effect.</summary>
    public void Apply(SweepRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        _isOrderPending = false;
        switch (request)
        {
            case SweepRequest.Start start:
                Apply(start);
                break;
            case SweepRequest.Extend extend:
                Apply(extend);
                break;
            case SweepRequest.Pause:
                (State, _queueOrder) = (SweepState.Paused, QueueOrder.Pause);
                break;
            case SweepRequest.Resume:
                ApplyResume();
                break;
            case SweepRequest.Cancel:
                Counts?.CancelOpen();
                (State, Running, _queueOrder) = (SweepState.Cancelled, 0, QueueOrder.Cancel);
                break;
            case SweepRequest.Retry retry:
                Apply(retry);
                break;
        }
    }

    private void Apply(SweepRequest.Start start)
    {
        var isChanged = Spec is not null && start.HasChanged;
        Spec = start.Sweep;
        if (!IsStarted)
        {
            Begin(Spec);
        }
        else if (isChanged)
        {
            _batches.Enqueue([]); // the dispatcher learns the new spec
            State = State == SweepState.Paused ? SweepState.Paused : SweepState.Planning;
        }
    }

    private void Apply(SweepRequest.Extend extend)
    {
        var (before, wasPaused) = (Spec!, State == SweepState.Paused);
        Spec = extend.Sweep;
        if (!IsStarted)
        {
            Begin(Spec);
            return;
        }

        // With the same analyses, what was done is done; with others, nothing is until it was looked up.
        var counts = new SweepCounts(Spec, before.Analyses.SequenceEqual(Spec.Analyses) ? Counts : null);
        counts.Record(name, Counts?.Failures.ToArray() ?? []);
        var hasPlanned = WasPlanned;
        Counts = counts;
        Plan(Spec);
        WasPlanned = hasPlanned;
        if (wasPaused)
        {
            (State, _queueOrder) = (SweepState.Paused, QueueOrder.Pause);
        }
    }

    private void ApplyResume()
    {
        if (!IsStarted || Counts is null)
        {
            Begin(Spec!);
            return;
        }

        PlanAgain(Counts.Reopen().Select(checkpoint => checkpoint.Model));
        (State, _queueOrder) = (SweepState.Planning, State == SweepState.Paused ? QueueOrder.Run : _queueOrder);
        _epoch = null; // connecting marks it as running, and finds a dispatcher that began meanwhile
    }

    private void Apply(SweepRequest.Retry retry)
    {
        if (!IsStarted || Counts is null)
        {
            var wasPaused = State == SweepState.Paused;
            Begin(Spec!);
            Counts!.Record(name, retry.Others);
            State = wasPaused ? SweepState.Paused : State;
            return;
        }

        Counts.Retry(retry.Checkpoint);
        PlanAgain([retry.Checkpoint.Model]);
        State = State == SweepState.Paused ? SweepState.Paused : SweepState.Planning;
    }

    private void PlanAgain(IEnumerable<string> models)
    {
        foreach (var model in models.Distinct().Except(_modelsToPlan).ToArray())
        {
            _modelsToPlan.Enqueue(model);
        }
    }
}
