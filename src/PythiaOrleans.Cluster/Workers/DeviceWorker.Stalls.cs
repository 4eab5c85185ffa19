using System.Globalization;
using PythiaOrleans.Cluster.Contracts;
using PythiaOrleans.Cluster.Telemetry;
using PythiaOrleans.Core.Sweeps;

namespace PythiaOrleans.Cluster.Workers;

/// <content>
/// Tasks that make no progress: a file system that does not answer, a device's code that never returns. The heartbeat comes from another
/// thread and would renew their leases without end.
/// </content>
internal sealed partial class DeviceWorker
{
    private static readonly TimeSpan MaxStallPoll = TimeSpan.FromSeconds(5);

    private async Task WatchStallsAsync(CancellationToken stopping)
    {
        var poll = _options.StallLimit is { } limit && limit / 10 < MaxStallPoll ? limit / 10 : MaxStallPoll;
        var started = time.GetTimestamp();
        while (!stopping.IsCancellationRequested)
        {
            await Task.Delay(poll, time, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            HeldTask[] current = [.. _slots.Select(slot => slot.Current).OfType<HeldTask>()];
            var (stalled, abandoned) = _stalls.Look(current, runner.FetchProgress, time.GetElapsedTime(started));
            foreach (var (task, silent) in stalled)
            {
                var checkpoint = task.Lease.Task.Checkpoint;
                LogStalled(logger, task.Lease.Task.Sweep, checkpoint.Model, checkpoint.Step, silent, task.Stage);
                SlotGauges.OnStalled();
                task.SilentFor = silent;
                task.Stall();
            }

            foreach (var (task, _) in abandoned)
            {
                GiveUp(task);
            }
        }
    }

    private void GiveUp(HeldTask task)
    {
        if (Array.Find(_slots, slot => slot.Current == task) is not { } slot || !task.TryEnd())
        {
            return; // it has just ended after all
        }

        LogGivenUp(logger, task.Lease.Task.Sweep, task.Lease.Task.Checkpoint.Model, task.Lease.Task.Checkpoint.Step, slot.Index);
        var report = StallReport(task);
        slot.Current = null;
        StartThread(slot);
        task.Memory?.Dispose(); // the next task needs it, and whether this one still does cannot be told
        TaskTrace.End(task.Trace, report);
        Finish(task, report);
    }

    private TaskReport StallReport(HeldTask task)
    {
        var limit = StallLimits.Of(_options, costs, task.Lease);
        var silent = task.SilentFor.ToString(@"hh\:mm\:ss", CultureInfo.InvariantCulture);
        var message = $"Checkpoint {task.Lease.Task.Checkpoint}: no progress for {silent} while it was being "
            + $"{(task.Stage == TaskStage.Fetching ? "fetched" : "computed")} on {_name} (limit {limit}, Worker:StallLimit). "
            + "Look at that machine's file systems and devices; where the task is merely slow, raise the limit.";
        return Report(task.Lease, FailureKind.Transient, message, task.Lease.Analyses, 0);
    }

    // A thread that hangs is replaced: the one that has the slot at the end counts.
    private async Task SlotsEndedAsync()
    {
        while (!Array.TrueForAll(_slots, slot => slot.Thread.IsCompleted))
        {
            await Task.Delay(MinHeartbeatInterval, time, CancellationToken.None);
        }
    }
}
