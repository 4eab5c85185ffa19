using PythiaOrleans.Checkpoints.Opening;
using PythiaOrleans.Cluster.Contracts;

namespace PythiaOrleans.Server.Execution;

/// <summary>
/// Which checkpoints lie on this machine's own disk. Looks only when something was fetched, and now and then for what others have fetched
/// or evicted.
/// </summary>
internal sealed class LocalCacheInventory(CheckpointSources sources, TimeProvider time)
{
    private static readonly TimeSpan Fresh = TimeSpan.FromMinutes(1);

    private readonly Lock _looking = new();
    private IReadOnlyCollection<CachedCheckpoint>? _found;
    private long _lookedAt;
    private int _fetches;
    private int _fetchesSeen;

    /// <summary>Something has changed.</summary>
    public void OnFetched() => Interlocked.Increment(ref _fetches);

    public IReadOnlyCollection<CachedCheckpoint> List()
    {
        lock (_looking)
        {
            var fetches = Volatile.Read(ref _fetches); // before looking: what comes meanwhile is seen the next time
            if (_found is not { } known || fetches != _fetchesSeen || time.GetElapsedTime(_lookedAt) >= Fresh)
            {
                (_fetchesSeen, _lookedAt) = (fetches, time.GetTimestamp());
                _found = known = [.. sources.Cached().Select(
                    held => new CachedCheckpoint(held.Source, held.Checkpoint)).Take(WorkerAnnouncement.MaxHoldings)];
            }

            return known;
        }
    }
}
