namespace PythiaOrleans.Cluster.Workers;

/// <content>Tasks that leave the worker before they have ended.</content>
internal sealed partial class DeviceWorker
{
    private void Drop(IReadOnlyList<long> lost)
    {
        foreach (var fence in lost)
        {
            if (_held.TryRemove(fence, out var task))
            {
                LogLost(logger, task.Lease.Task.Sweep, task.Lease.Task.Checkpoint.Model, task.Lease.Task.Checkpoint.Step);
                task.Cancel();
                _capacityFreed.Release();
            }
        }
    }

    private Task HandBackWaitingAsync()
    {
        var waiting = _held.Values.Where(task => !task.IsRunning).ToArray();
        foreach (var task in waiting)
        {
            _held.TryRemove(task.Lease.Fence, out _);
            task.Cancel(); // it may wait for memory, or for its files
        }

        return HandBackAsync([.. waiting.Select(task => task.Lease.Fence)]);
    }

    private async Task HandBackAsync(IReadOnlyList<long> fences)
    {
        if (fences.Count == 0)
        {
            return;
        }

        try
        {
            await Dispatcher.HandBackAsync(_name, fences);
        }
        catch (Exception error)
        {
            LogUnreachable(logger, error); // the leases run out by themselves
        }
    }
}
