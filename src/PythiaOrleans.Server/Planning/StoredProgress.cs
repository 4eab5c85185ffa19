using PythiaOrleans.Cluster.Contracts;
using PythiaOrleans.Core.Ids;
using PythiaOrleans.Core.Sweeps;

namespace PythiaOrleans.Server.Planning;

/// <summary>Where a sweep stands by the store alone, when nobody runs it.</summary>
public static class StoredProgress
{
    /// <summary>Counts what exists.</summary>
    /// <exception cref="ArgumentException">There is no such sweep.</exception>
    public static async Task<SweepProgress> OfAsync(ResultStore store, string sweep, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(store);
        var spec = await store.FindSweepAsync(sweep, cancellationToken).ConfigureAwait(false);
        var failures = await store.ReadFailuresAsync(sweep, cancellationToken).ConfigureAwait(false);
        var models = new List<ModelProgress>();
        foreach (var model in spec.Models)
        {
            var stored = await store.ListAsync(model, cancellationToken).ConfigureAwait(false);
            var done = spec.Steps.Count(step => spec.Analyses.All(analysis => stored.Contains(new ResultKey(new CheckpointId(model, step), analysis))));
            models.Add(new ModelProgress(model, spec.Steps.Count, done, failures.Count(failure => failure.Checkpoint.Model == model)));
        }

        var all = models.Sum(model => model.Done);
        return new SweepProgress(sweep, SweepState.Idle, models.Sum(model => model.Total), all, all, 0, failures.Count, 0, 0, models);
    }
}
