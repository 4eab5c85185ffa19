using PythiaOrleans.Cluster.Scheduling;
using PythiaOrleans.Core.Ids;
using PythiaOrleans.Core.Sweeps;

namespace PythiaOrleans.Cluster.Grains;

/// <summary>Counts what the store holds of a sweep that is not counted here, and remembers what was told of it.</summary>
internal sealed class StoredCounts(SweepLedger ledger)
{
    private SweepStanding? _standing;
    private SweepCounts? _counts;
    private (int Analyses, int Done) _told;

    /// <summary>How many shards were counted at the last time, if the sweep wanted as many analyses of them as it does now.</summary>
    public int LeastDone(SweepSpec spec) => _told.Analyses == spec.Analyses.Count ? _told.Done : 0;

    /// <summary>What the store holds; the answer may be seconds old.</summary>
    /// <param name="spec">The sweep.</param>
    /// <param name="isCancelled">Whether what is open was dropped.</param>
    /// <param name="isStarted">
    /// Whether the sweep was started here: one count is enough then, until its own counts have come as far. Results come in all the
    /// time, and each count takes as long as planning does.
    /// </param>
    public async Task<SweepCounts> CountAsync(SweepSpec spec, bool isCancelled, bool isStarted)
    {
        if (isStarted && _counts is { Cancelled: 0 } known && _standing?.Sweep == spec)
        {
            return known;
        }

        var standing = await ledger.ReadAsync(spec, CancellationToken.None);
        if (_counts is null || _standing != standing || isCancelled || _counts.Cancelled > 0)
        {
            (_standing, _counts) = (standing, Count(spec, standing));
        }

        if (isCancelled)
        {
            _counts.CancelOpen();
        }

        _told = (spec.Analyses.Count, _counts.Done);
        return _counts;
    }

    private static SweepCounts Count(SweepSpec spec, SweepStanding standing)
    {
        var counts = new SweepCounts(spec);
        foreach (var checkpoint in spec.Checkpoints().Where(standing.IsDone))
        {
            counts.MarkAlreadyDone(checkpoint);
        }

        counts.Record(spec.Name, standing.Failures);
        return counts;
    }
}
