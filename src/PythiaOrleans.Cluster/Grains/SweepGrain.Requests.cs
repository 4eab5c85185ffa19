using System.Text.Json;
using PythiaOrleans.Cluster.Contracts;
using PythiaOrleans.Cluster.Scheduling;
using PythiaOrleans.Core.Ids;
using PythiaOrleans.Core.Sweeps;

namespace PythiaOrleans.Cluster.Grains;

/// <content>
/// What users ask of a sweep: start, extend, pause, resume, cancel, retry. Each is stored, then takes effect, then is answered; one at
/// a time.
/// </content>
internal sealed partial class SweepGrain
{
    public Task StartAsync(SweepSpec spec) => OneAtATimeAsync(async () =>
    {
        if (spec.Name != Name)
        {
            throw new ArgumentException($"Sweep '{spec.Name}' was sent to the coordinator of '{Name}'.", nameof(spec));
        }

        var known = _machine.Spec;
        if (known is null && !await store.TryCreateSweepAsync(spec, CancellationToken.None))
        {
            known = await store.ReadSweepAsync(Name, CancellationToken.None);
        }

        if (known is not null && Keys(known) != Keys(spec))
        {
            throw new ArgumentException(
                $"A sweep '{Name}' exists with other models, steps or analyses ({Summary(known)}; asked for now: {Summary(spec)}). "
                + (IsSameInOtherVersions(known, spec)
                    ? "Another version of this program planned it: "
                        + $"`pythia resume {Name} --upgrade` measures it as this version does."
                    : "Choose another name with --name."));
        }

        // The same keys may come from another place, more urgently, or be tried more often.
        var hasChanged = known is not null
            && (known.Source, known.Priority, known.MaxAttempts) != (spec.Source, spec.Priority, spec.MaxAttempts);
        await StoreAsync(_machine.Start(spec, hasChanged));
    });

    public Task ExtendAsync(SweepSpec spec) => OneAtATimeAsync(async () =>
    {
        var known = Known();
        string[] lost =
        [
            .. known.Models.Except(spec.Models),
            .. known.Steps.Except(spec.Steps).Select(step => $"step {step}"),
            .. known.Analyses.Except(spec.Analyses).Select(analysis => analysis.ToString()),
        ];
        if (lost.Length > 0)
        {
            throw new ArgumentException(
                $"Sweep '{Name}' cannot be extended to what lacks {string.Join(", ", lost.Take(5))}{(lost.Length > 5 ? " and more" : "")}: "
                + "a sweep only grows. "
                + "An analysis whose parameters follow from the steps (the stride of weight-distance) is another one on other steps. "
                + "Where another version of this program planned the sweep, "
                + $"`pythia resume {Name} --upgrade` first measures it as this one does.");
        }

        await StoreAsync(_machine.Extend(spec));
    });

    public Task UpgradeAsync(SweepSpec spec) => OneAtATimeAsync(() =>
    {
        var known = Known();
        if (!IsSameInOtherVersions(known, spec))
        {
            throw new ArgumentException(
                $"Sweep '{Name}' cannot be upgraded to other models, steps or analyses "
                    + $"({Summary(known)}; asked for now: {Summary(spec)}).");
        }

        // Tasks that are under way would count for results that they do not compute.
        return _machine.State is SweepState.Planning or SweepState.Running or SweepState.Finishing || _machine.Running > 0
            ? throw new InvalidOperationException(
                $"Sweep '{Name}' runs. Wait for its end, or cancel it (`pythia cancel {Name}`), then upgrade.")
            : StoreAsync(_machine.Extend(spec));
    });

    public Task PauseAsync() => OneAtATimeAsync(() =>
    {
        Known();
        return StoreAsync(_machine.Pause());
    });

    public Task ResumeAsync() => OneAtATimeAsync(() =>
    {
        Known();
        return StoreAsync(new SweepRequest.Resume());
    });

    public Task CancelAsync() => OneAtATimeAsync(() =>
    {
        Known();
        return StoreAsync(_machine.Cancel());
    });

    public async Task<bool> RetryAsync(CheckpointId checkpoint)
    {
        var isRetried = false;
        await OneAtATimeAsync(async () =>
        {
            var request = _machine.Retry(checkpoint, await store.ReadFailuresAsync(Known().Name, CancellationToken.None));
            isRetried = request is not null;
            await StoreAsync(request);
        });
        return isRetried;
    }

    private async Task OneAtATimeAsync(Func<Task> request)
    {
        await _ordering.WaitAsync();
        try
        {
            await request();
        }
        finally
        {
            _ordering.Release();
        }
    }

    private async Task StoreAsync(SweepRequest? request)
    {
        if (request is null)
        {
            return;
        }

        _machine.Hold();
        try
        {
            if (request.Spec is { } spec)
            {
                await store.WriteSweepAsync(spec, CancellationToken.None);
            }

            if (request.Order is { } order)
            {
                await store.WriteOrderAsync(Name, new SweepOrder(order, time.GetUtcNow()), CancellationToken.None);
            }

            if (request.Order == SweepOrderKind.Running)
            {
                // Before the answer: a coordinator whose silo dies right after it must wake elsewhere.
                await AskMembershipAsync("marked as running", () => RemindAsync(true));
            }
        }
        catch
        {
            _machine.Refuse();
            throw;
        }

        _machine.Apply(request);
        if (_machine.NextOrder() is { } step)
        {
            await TryDoAsync(step, CancellationToken.None); // where the dispatcher is away, the timer tries again
        }

        _view.Publish(_machine, costs.SizeOf);
        Watch();
    }

    // Source, priority and attempts may change from run to run; the keys may not.
    private static string Keys(SweepSpec spec) =>
        JsonSerializer.Serialize(new { spec.Models, spec.Steps, Analyses = spec.Analyses.Select(analysis => analysis.ToString()) });

    private static bool IsSameInOtherVersions(SweepSpec known, SweepSpec spec) =>
        known.Models.SequenceEqual(spec.Models) && known.Steps.SequenceEqual(spec.Steps)
            && known.Analyses.Select(id => id.Name).SequenceEqual(spec.Analyses.Select(id => id.Name));

    private static string Summary(SweepSpec spec) =>
        $"{spec.Models.Count} models, {spec.Steps.Count} steps from {spec.Steps[0]} to {spec.Steps[^1]}, "
        + string.Join(", ", spec.Analyses);
}
