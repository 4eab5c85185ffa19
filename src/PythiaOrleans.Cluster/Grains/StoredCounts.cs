using PythiaOrleans.Cluster.Scheduling;
using PythiaOrleans.Core.Ids;
using PythiaOrleans.Core.Sweeps;

namespace PythiaOrleans.Cluster.Grains;

/// <summary>Counts what the store holds of a sweep that is not counted here. A count is kept for a while: each takes a listing for every model.</summary>
internal sealed class StoredCounts(ResultStore store, TimeProvider time)
{
    private static readonly TimeSpan MinAge = TimeSpan.FromSeconds(10);

    // Of the time that questions take, at most one part in so many is spent on listing.
    private const int Effort = 20;

    private Task<SweepCounts>? _counting;
    private long _countedAt;
    private TimeSpan _took;
    private (int Analyses, int Done) _told;

    /// <summary>How many shards were counted at the last time, if the sweep wanted as many analyses of them as it does now.</summary>
    public int LeastDone(SweepSpec spec) => _told.Analyses == spec.Analyses.Count ? _told.Done : 0;

    /// <summary>The counts, at most as old as it takes to count them twenty times.</summary>
    public async Task<SweepCounts> CountAsync(SweepSpec spec)
    {
        var age = time.GetElapsedTime(_countedAt);
        if (_counting is null or { IsFaulted: true } || (_counting.IsCompleted && age > MinAge && age > _took * Effort))
        {
            _counting = ListAsync(spec);
        }

        var counts = await _counting;
        _told = (spec.Analyses.Count, counts.Done);
        return counts;
    }

    /// <summary>Counts anew when asked next: the sweep has changed.</summary>
    public void Forget() => _counting = null;

    private async Task<SweepCounts> ListAsync(SweepSpec spec)
    {
        var started = time.GetTimestamp();
        var counts = new SweepCounts(spec);
        foreach (var model in spec.Models)
        {
            var stored = await store.ListAsync(model, CancellationToken.None);
            foreach (var checkpoint in spec.Steps.Select(step => new CheckpointId(model, step)))
            {
                if (spec.Analyses.All(analysis => stored.Contains(new ResultKey(checkpoint, analysis))))
                {
                    counts.MarkAlreadyDone(checkpoint);
                }
            }
        }

        counts.Record(spec.Name, await store.ReadFailuresAsync(spec.Name, CancellationToken.None));
        (_countedAt, _took) = (time.GetTimestamp(), time.GetElapsedTime(started));
        return counts;
    }
}
