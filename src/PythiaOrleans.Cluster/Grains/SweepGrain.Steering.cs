using System.Text.Json;
using PythiaOrleans.Cluster.Contracts;
using PythiaOrleans.Cluster.Scheduling;
using PythiaOrleans.Core.Ids;
using PythiaOrleans.Core.Sweeps;

namespace PythiaOrleans.Cluster.Grains;

/// <content>What people ask of a sweep: start, extend, pause, resume, cancel, retry.</content>
internal sealed partial class SweepGrain
{
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
            Begin(spec);
        }
    }

    public async Task ExtendAsync(SweepSpec spec)
    {
        var known = Known();
        string[] lost =
        [
            .. known.Models.Except(spec.Models), .. known.Steps.Except(spec.Steps).Select(step => $"step {step}"), .. known.Analyses.Except(spec.Analyses).Select(analysis => analysis.ToString()),
        ];
        if (lost.Length > 0)
        {
            throw new ArgumentException(
                $"Sweep '{Name}' cannot be extended to what lacks {string.Join(", ", lost.Take(5))}{(lost.Length > 5 ? " and more" : "")}: a sweep only grows. "
                + "An analysis whose parameters follow from the steps (the stride of weight-distance) is another one on other steps.", nameof(spec));
        }

        await store.WriteSweepAsync(spec, CancellationToken.None);
        await Dispatcher.EnqueueAsync(spec, []); // from now on a task is done only when it has what was added
        _spec = spec;
        if (_state is SweepState.Planning or SweepState.Running or SweepState.Paused or SweepState.Finishing)
        {
            var wasPaused = _state == SweepState.Paused;
            var failures = _counts!.Failures.ToArray();
            _counts = new SweepCounts(spec);
            _counts.Record(Name, failures);
            _hasGrown = true;
            Plan(spec);
            _state = wasPaused ? SweepState.Paused : _state;
        }
        else
        {
            Begin(spec);
        }
    }

    public async Task PauseAsync()
    {
        Known();
        if (_state is SweepState.Planning or SweepState.Running)
        {
            _state = SweepState.Paused;
            await Dispatcher.SetPausedAsync(Name, true);
            await RemindAsync(false);
        }
    }

    public async Task ResumeAsync()
    {
        var spec = Known();
        if (_state == SweepState.Paused)
        {
            await Dispatcher.SetPausedAsync(Name, false);
            await RemindAsync(true);
            _state = _modelsToPlan.Count > 0 ? SweepState.Planning : SweepState.Running;
            await RetryQuarantinedAsync();
        }
        else if (_state is SweepState.Planning or SweepState.Running)
        {
            await RetryQuarantinedAsync();
        }
        else if (_state != SweepState.Finishing)
        {
            Begin(spec);
        }
    }

    public async Task CancelAsync()
    {
        Known();
        if (_state is SweepState.Planning or SweepState.Running or SweepState.Paused)
        {
            _modelsToPlan.Clear();
            End(SweepState.Cancelled);
            _counts!.CancelOpen();
            Show();
            await Dispatcher.CancelAsync(Name);
            await RemindAsync(false);
        }
    }

    public async Task<bool> RetryAsync(CheckpointId checkpoint)
    {
        var spec = Known();
        if (_state is SweepState.Planning or SweepState.Running or SweepState.Paused)
        {
            var wasQuarantined = _counts!.Retry(checkpoint);
            if (wasQuarantined)
            {
                await PlanAsync(spec, checkpoint.Model, CancellationToken.None);
            }

            return wasQuarantined;
        }

        var failures = await store.ReadFailuresAsync(Name, CancellationToken.None);
        if (_state == SweepState.Finishing || failures.All(failure => failure.Checkpoint != checkpoint))
        {
            return false;
        }

        Begin(spec);
        _counts!.Record(Name, failures.Where(failure => failure.Checkpoint != checkpoint));
        return true;
    }

    // Source, priority and attempts may change from run to run; the keys may not.
    private static string Keys(SweepSpec spec) => JsonSerializer.Serialize(new { spec.Models, spec.Steps, Analyses = spec.Analyses.Select(analysis => analysis.ToString()) });

    private static string Summary(SweepSpec spec) =>
        $"{spec.Models.Count} models, {spec.Steps.Count} steps from {spec.Steps[0]} to {spec.Steps[^1]}, {string.Join(", ", spec.Analyses)}";
}
