using PythiaOrleans.Cluster.Contracts;

namespace PythiaOrleans.Cluster.Workers;

/// <content>Tasks that leave the worker before they have ended.</content>
internal sealed partial class DeviceWorker
{
    // A cluster that goes down whole has no dispatcher left to tell.
    private static readonly TimeSpan LeaveLimit = TimeSpan.FromSeconds(5);

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

    private Task HandBackAsync(IReadOnlyList<long> fences) =>
        fences.Count == 0 ? Task.CompletedTask : TellAsync(dispatcher => dispatcher.HandBackAsync(_name, fences));

    // Tasks that were granted while it stopped, and those whose reports have not been judged yet, are still its own in the dispatcher's
    // book: it would take the silo's end for a death.
    private Task LeaveAsync() => TellAsync(dispatcher => dispatcher.LeaveAsync(_name).WaitAsync(LeaveLimit, time));

    private async Task TellAsync(Func<IDispatcherGrain, Task> message)
    {
        try
        {
            await message(Dispatcher);
        }
        catch (Exception error)
        {
            LogUnreachable(logger, error); // the leases run out by themselves
        }
    }
}
