using System.Runtime.InteropServices;
using PythiaOrleans.Cluster.Contracts;

namespace PythiaOrleans.Cluster.Scheduling;

/// <summary>
/// Which checkpoints lie on which worker's own disk, as far as workers have announced it. Only those that live are in here.
/// </summary>
internal sealed class Holdings
{
    private readonly Dictionary<string, HashSet<CachedCheckpoint>> _byWorker = new(StringComparer.Ordinal);

    // In the order of announcement, so that the same history gives the same decisions.
    private readonly Dictionary<CachedCheckpoint, List<string>> _holders = [];

    /// <summary>Whether no worker has announced anything: then nothing here costs anything.</summary>
    public bool IsEmpty => _holders.Count == 0;

    /// <summary>Who holds a checkpoint.</summary>
    public IReadOnlyList<string> HoldersOf(CachedCheckpoint checkpoint) => _holders.TryGetValue(checkpoint, out var holders) ? holders : [];

    public bool Holds(string worker, CachedCheckpoint checkpoint) => _byWorker.TryGetValue(worker, out var held)
        && held.Contains(checkpoint);

    /// <summary>How many checkpoints a worker holds.</summary>
    public int CountOf(string worker) => _byWorker.TryGetValue(worker, out var held) ? held.Count : 0;

    public void Add(string worker, CachedCheckpoint checkpoint)
    {
        ref var held = ref CollectionsMarshal.GetValueRefOrAddDefault(_byWorker, worker, out _);
        if ((held ??= []).Add(checkpoint))
        {
            ref var holders = ref CollectionsMarshal.GetValueRefOrAddDefault(_holders, checkpoint, out _);
            (holders ??= []).Add(worker);
        }
    }

    public void Remove(string worker, CachedCheckpoint checkpoint)
    {
        if (_byWorker.TryGetValue(worker, out var held) && held.Remove(checkpoint))
        {
            Unlink(worker, checkpoint);
        }
    }

    /// <summary>A worker is gone, or sends a whole announcement.</summary>
    public void Forget(string worker)
    {
        if (_byWorker.Remove(worker, out var held))
        {
            foreach (var checkpoint in held)
            {
                Unlink(worker, checkpoint);
            }
        }
    }

    private void Unlink(string worker, CachedCheckpoint checkpoint)
    {
        var holders = _holders[checkpoint];
        holders.Remove(worker);
        if (holders.Count == 0)
        {
            _holders.Remove(checkpoint);
        }
    }
}
