using PythiaOrleans.Cluster.Contracts;
using PythiaOrleans.Core.Ids;
using PythiaOrleans.Core.Sweeps;

namespace PythiaOrleans.Cluster.Tests;

/// <content>What workers do, and what becomes of them.</content>
internal sealed partial class DispatcherHistory
{
    private void Lease(string name, Worker worker) => Lease(name, worker, lossy: true);

    private void Lease(string name, Worker worker, bool lossy)
    {
        var leases = _dispatcher.Lease(name, _random.Next(1, 4), _now);
        var lost = lossy && _random.Next(8) == 0;
        foreach (var lease in leases)
        {
            var shard = ShardOf(lease.Task);
            var task = shard.Of(lease.Task.Part);
            Check(lease.Fence > _lastFence, $"fence {lease.Fence} came after {_lastFence}");
            Check(shard.End is null && !task.IsOver, $"{lease.Task} was leased although it had ended");
            foreach (var (part, other) in shard.Tasks.Where(other => other.Value.Holder is not null))
            {
                Check(!other.Analyses.Intersect(lease.Analyses).Any(), $"{lease.Task} was leased to {name} while {other.Holder} computes the same as part {part}");
            }

            Check(!_paused.Contains(lease.Task.Sweep), $"{lease.Task} was leased although its sweep is paused");
            _lastFence = lease.Fence;
            task.Holder = name;
            task.Fence = lease.Fence;
            task.IsRunning = false;
            task.RenewedAt = _now;
            task.Analyses = lease.Analyses;
            PartsLeased += lease.Task.Part > 0 ? 1 : 0;
            if (!lost)
            {
                worker.Held.Add(lease);
            }
        }

        CheckPreference(name, leases);
        var priorities = leases.Select(lease => lease.Sweep.Priority).ToArray();
        Check(priorities.SequenceEqual(priorities.OrderDescending()), "a task of a lower priority went before one of a higher");
        _lastSeen[name] = _now;
    }

    private void StartNext(string name, Worker worker)
    {
        if (worker.Running is null && worker.Held.Count > 0)
        {
            worker.Running = worker.Held[0];
            worker.Held.RemoveAt(0);
        }
    }

    private void FinishOne(string name, Worker worker)
    {
        if (worker.Running is not { } lease)
        {
            return;
        }

        var shard = ShardOf(lease.Task);
        var task = shard.Of(lease.Task.Part);
        task.Runs++;
        if (shard.Nature == Nature.KillsItsWorker && lease.Analyses.Contains(Killer))
        {
            Beat(name, worker, lossy: false); // it ran long enough to be seen running
            Die(name, noticed: true);
            return;
        }

        worker.Running = null;
        IReadOnlyList<AnalysisId> missing = shard.Nature switch
        {
            Nature.FailsTwice or Nature.StoreAwayTwice when task.Runs <= 2 => lease.Analyses,
            Nature.Corrupt => lease.Analyses,
            Nature.OneAnalysisCorrupt => [.. lease.Analyses.Where(analysis => analysis == Corrupt)],
            _ => [],
        };
        FailureKind? failure = missing.Count == 0 ? null : shard.Nature switch
        {
            Nature.FailsTwice => FailureKind.Transient,
            Nature.StoreAwayTwice => FailureKind.Infrastructure,
            _ => FailureKind.Permanent,
        };
        shard.Stored.UnionWith(lease.Analyses.Except(missing));
        _underway.Add((name, new TaskReport(lease.Fence, lease.Task, failure, failure is null ? null : "as its nature is", missing, 7)));
    }

    private void Deliver(bool lossy)
    {
        if (_underway.Count == 0)
        {
            return;
        }

        var index = _random.Next(_underway.Count); // in any order
        var (name, report) = _underway[index];
        var fate = lossy ? _random.Next(10) : 9;
        if (fate != 0)
        {
            _underway.RemoveAt(index); // 0: the reply is lost, so that the worker sends it again
        }

        if (fate == 1)
        {
            return; // the worker died before it got through
        }

        var shard = ShardOf(report.Task);
        var task = shard.Of(report.Task.Part);
        var counts = task.Holder is not null && task.Fence == report.Fence;
        var ended = _dispatcher.Report(name, report, _now);
        _lastSeen[name] = _now;
        Check(ended.Count == 0 || counts || report.Failure is null, $"{report.Task}: a late failure was taken for news");
        if (counts)
        {
            task.Attempts += report.Failure is FailureKind.Transient or FailureKind.Permanent ? 1 : 0;
            task.Holder = null;
        }

        // A shard that was asked for again is whole at first: its part is not over, it has not begun.
        if (task.Fence != 0 && !_dispatcher.IsOpen(report.Task))
        {
            (task.IsOver, task.Holder) = (true, null);
        }

        Record(ended);
        Check(report.Failure is not null || shard.End is not null || (report.Task.Part > 0 && (task.IsOver || !counts)), $"{report.Task} is stored, was reported, and has not ended");
    }

    private void Beat(string name, Worker worker, bool lossy)
    {
        if (lossy && _random.Next(6) == 0)
        {
            return;
        }

        long[] running = worker.Running is { } lease ? [lease.Fence] : [];
        long[] held = [.. worker.Held.Select(waiting => waiting.Fence), .. running];
        var lost = _dispatcher.Heartbeat(name, held, running, _now);
        _lastSeen[name] = _now;
        foreach (var task in Held().Where(task => task.Holder == name).ToArray())
        {
            var isHeld = held.Contains(task.Fence);
            task.RenewedAt = isHeld ? _now : task.RenewedAt;
            task.IsRunning |= running.Contains(task.Fence);
            if (!isHeld && _now - task.RenewedAt > LeaseDuration)
            {
                task.Holder = null; // its reply, or its report, never arrived
            }
        }

        foreach (var fence in held)
        {
            Check(lost.Contains(fence) != Held().Any(task => task.Holder == name && task.Fence == fence), $"{name} was told wrongly whether it holds {fence}");
        }

        worker.Held.RemoveAll(waiting => lost.Contains(waiting.Fence));
        if (running.Any(lost.Contains))
        {
            worker.Running = null;
        }
    }

    private void Announce(string name, Worker worker)
    {
        var disk = worker.Disk.ToHashSet();
        foreach (var step in Enumerable.Range(0, _hasDisks ? _random.Next(1, 6) : 0).Select(_ => _random.Next(Steps)))
        {
            if (!disk.Remove(OnDisk(step)))
            {
                disk.Add(OnDisk(step));
            }
        }

        var isWhole = worker.Announced is null || _random.Next(8) == 0;
        var announcement = new WorkerAnnouncement(
            (worker.Announced ?? 0) + 1, isWhole, _random.Next(1, 4), [.. isWhole ? disk : disk.Except(worker.Disk)], [.. isWhole ? [] : worker.Disk.Except(disk)], _random.Next(1, 4));
        var isTaken = _dispatcher.Announce(name, announcement, _now);
        _lastSeen[name] = _now;
        var follows = _disks.TryGetValue(name, out var known) && known.Number == announcement.Number - 1;
        Check(isTaken == (isWhole || follows), $"announcement {announcement.Number} of {name} was {(isTaken ? "taken" : "refused")}");
        if (isTaken)
        {
            _disks[name] = (announcement.Number, disk);
        }

        // A reply that is lost leaves the worker in doubt: it begins anew.
        var isHeard = isTaken && _random.Next(6) != 0;
        worker.Announced = isHeard ? announcement.Number : null;
        worker.Disk = isHeard ? disk : [];
    }

    // Of equal priority, what lies on the worker's own disk goes before what does not.
    private void CheckPreference(string name, IReadOnlyList<TaskLease> leases)
    {
        var disk = _disks.TryGetValue(name, out var known) ? known.Disk : [];
        foreach (var group in leases.GroupBy(lease => lease.Sweep.Priority))
        {
            var own = group.Select(lease => disk.Contains(OnDisk(lease.Task.Checkpoint.Step))).ToArray();
            Check(own.SequenceEqual(own.OrderDescending()), $"{name} was given a task of another's before one whose checkpoint it holds");
        }
    }

    private static CachedCheckpoint OnDisk(int step) => new("nowhere", new CheckpointId("m", step));

    private void HandBackWaiting(string name, Worker worker)
    {
        _dispatcher.HandBack(name, worker.Held.Select(lease => lease.Fence));
        foreach (var task in Held().Where(task => task.Holder == name && worker.Held.Any(lease => lease.Fence == task.Fence)).ToArray())
        {
            task.Holder = null;
        }

        worker.Held.Clear();
    }

    private void Die(string name, bool noticed)
    {
        _workers.Remove(name);
        if (noticed)
        {
            Charge(name);
            _disks.Remove(name);
            Record(_dispatcher.WorkerDied(name));
            Record(_dispatcher.WorkerDied(name)); // membership may say it twice
        }
    }

    private void Charge(string name)
    {
        foreach (var task in Held().Where(task => task.Holder == name).ToArray())
        {
            task.Deaths += task.IsRunning ? 1 : 0;
            task.Holder = null;
        }
    }
}
