namespace PythiaOrleans.Cluster.Scheduling;

/// <content>What becomes of the tasks of workers that end.</content>
public sealed partial class Dispatcher
{
    /// <summary>A worker is gone. Only the deaths of tasks that were running are counted against them.</summary>
    public void WorkerDied(string worker, TimeSpan now)
    {
        foreach (var fence in Forget(worker))
        {
            var entry = _leases[fence];
            var wasRunning = entry.Running;
            entry.IsSuspect = true;
            Release(entry);
            if (wasRunning)
            {
                KeepForOwner(entry, OwnerQuestion.Death, fence, now);
                TellOwner(entry);
            }
            else
            {
                _ready.Add(entry);
            }
        }
    }

    /// <summary>A worker has ended in order: what it ran it has reported, and whatever else it was given it never began.</summary>
    public void WorkerLeft(string worker, TimeSpan now)
    {
        foreach (var fence in Forget(worker))
        {
            var entry = _leases[fence];
            if (entry.Running)
            {
                AskWhatIsLeft(entry, now); // its report is on the way
            }
            else
            {
                PutBack(entry);
            }
        }
    }

    // Returns the fences that the worker held.
    private long[] Forget(string worker)
    {
        if (!_workers.Remove(worker, out var holder))
        {
            return [];
        }

        _ready.Forget(worker);
        _slots -= holder.Slots;
        _devices -= holder.Devices;
        _freed++; // shares have grown
        return [.. holder.Fences.Order()];
    }

    // As if it had never been leased.
    private void PutBack(TaskEntry entry)
    {
        Release(entry);
        _ready.Add(entry);
    }
}
