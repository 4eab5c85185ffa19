using PythiaOrleans.Cluster.Contracts;
using PythiaOrleans.Cluster.Scheduling;
using PythiaOrleans.Core.Ids;
using PythiaOrleans.Core.Sweeps;

namespace PythiaOrleans.Cluster.Grains;

/// <content>Looks up what the store holds, and enqueues what it does not.</content>
internal sealed partial class SweepGrain
{
    private async Task PlanOrPutBackAsync(SweepSpec spec, string model, CancellationToken cancellationToken)
    {
        try
        {
            await PlanAsync(spec, model, cancellationToken);
        }
        catch
        {
            _modelsToPlan.Enqueue(model);
            throw;
        }
    }

    private async Task PlanAsync(SweepSpec spec, string model, CancellationToken cancellationToken)
    {
        var stored = await store.ListAsync(model, cancellationToken);
        var cost = Cost(model);
        var tasks = new List<PendingTask>();
        foreach (var checkpoint in spec.Steps.Select(step => new CheckpointId(model, step)))
        {
            var missing = spec.Analyses.Where(analysis => !stored.Contains(new ResultKey(checkpoint, analysis))).ToArray();
            if (_hasGrown && missing.Length > 0 && _counts!.HasEnded(checkpoint))
            {
                missing = await store.MissingAsync(checkpoint, missing, cancellationToken); // it may have ended since the listing
            }

            if (missing.Length == 0)
            {
                if (_plannedBefore)
                {
                    _counts!.FoundLater(checkpoint);
                }
                else
                {
                    _counts!.Found(checkpoint);
                }
            }
            else if ((_hasGrown && _counts!.Reopen(checkpoint)) || !_counts!.HasEnded(checkpoint)) // an end that was on its way when the sweep grew was that of a smaller one
            {
                tasks.Add(new PendingTask(new TaskId(Name, checkpoint), missing, cost));
            }
        }

        foreach (var batch in tasks.Chunk(EnqueueBatch))
        {
            await Dispatcher.EnqueueAsync(spec, batch);
            if (_state == SweepState.Cancelled)
            {
                await Dispatcher.CancelAsync(Name); // it was cancelled while this batch travelled
                return;
            }
        }
    }

    private long Cost(string model) => costs.SizeOf(model);

    private async Task RetryQuarantinedAsync()
    {
        foreach (var model in _counts!.Reopen().Select(checkpoint => checkpoint.Model).Distinct())
        {
            await PlanAsync(_spec!, model, CancellationToken.None);
        }
    }

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

        counts.Record(Name, await store.ReadFailuresAsync(Name, CancellationToken.None));
        return counts;
    }
}
