using PythiaOrleans.Cluster.Contracts;
using PythiaOrleans.Core.Ids;
using PythiaOrleans.Core.Sweeps;

namespace PythiaOrleans.Cluster.Tests;

/// <content>What workers do, and what becomes of them.</content>
internal sealed partial class ClusterHistory
{
    private void Lease(string name, Worker worker, bool lossy)
    {
        var leases = _dispatcher.Lease(name, _random.Next(1, 4), _now, worker.LastFence);
        SendDecisions();
        var isLost = lossy && _random.Next(8) == 0;
        foreach (var lease in leases)
        {
            Check(lease.Fence > worker.LastFence, $"{name} was given fence {lease.Fence} after {worker.LastFence}");
            Check(!_sweeps[lease.Task.Sweep].IsHeld, $"{lease.Task} was leased although its sweep is paused or cancelled");
            _lastFence = Math.Max(_lastFence, lease.Fence);
            PartsLeased += lease.Task.Part > 0 ? 1 : 0;
            if (!isLost)
            {
                worker.Held.Add(lease);
                worker.LastFence = lease.Fence;
            }
        }

        var priorities = leases.Select(lease => lease.Sweep.Priority).ToArray();
        Check(priorities.SequenceEqual(priorities.OrderDescending()), "a task of a lower priority went before one of a higher");
    }

    private void StartNext(string name, Worker worker)
    {
        if (worker.Running is not null || worker.Held.Count == 0)
        {
            return;
        }

        var lease = worker.Held[0];
        worker.Held.RemoveAt(0);
        worker.Running = lease;
        worker.Computing = [.. lease.Analyses.Where(analysis => !IsStored(lease.Task.Checkpoint, analysis))];
        if (!_dispatcher.IsLeased(name, lease.Fence))
        {
            return; // it has lost the lease and does not know yet
        }

        foreach (var (other, busy) in _workers)
        {
            if (busy != worker && busy.Running is { } running && running.Task.Checkpoint == lease.Task.Checkpoint
                && _dispatcher.IsLeased(other, running.Fence))
            {
                Check(!worker.Computing.Intersect(busy.Computing).Any(),
                    $"{lease.Task} is computed by {name} while {other} computes the same as {running.Task}");
            }
        }
    }

    private void FinishOne(string name, Worker worker)
    {
        if (worker.Running is not { } lease)
        {
            return;
        }

        var (checkpoint, nature) = (lease.Task.Checkpoint, _natures[lease.Task.Checkpoint]);
        var runs = _runs[checkpoint] = _runs.GetValueOrDefault(checkpoint) + 1;
        if (nature == Nature.KillsItsWorker && worker.Computing.Contains(Killer))
        {
            Beat(name, worker, lossy: false); // it ran long enough to be seen running
            Die(name, noticed: true);
            return;
        }

        worker.Running = null;
        IReadOnlyList<AnalysisId> missing = nature switch
        {
            Nature.FailsTwice or Nature.StoreAwayTwice when runs <= 2 => worker.Computing,
            Nature.Corrupt => worker.Computing,
            Nature.OneAnalysisCorrupt => [.. worker.Computing.Where(analysis => analysis == Corrupt)],
            _ => [],
        };
        AnalysisId[] lacked = [.. worker.Computing.Where(analysis => analysis == worker.Lacks)];
        FailureKind? failure = missing.Count == 0 ? null : nature switch
        {
            Nature.FailsTwice => FailureKind.Transient,
            Nature.StoreAwayTwice => FailureKind.Infrastructure,
            _ => FailureKind.Permanent,
        };
        missing = [.. missing.Union(lacked)];
        failure = lacked.Length == 0 ? failure : FailureKind.Infrastructure;
        foreach (var analysis in worker.Computing.Except(missing))
        {
            _stored.Add(new ResultKey(checkpoint, analysis));
        }

        var whole = lease.Task with { Part = 0 };
        _attempts[whole] = _attempts.GetValueOrDefault(whole) + (failure is FailureKind.Transient or FailureKind.Permanent ? 1 : 0);
        var terms = new ShardTerms(lease.Sweep.Analyses, lease.Sweep.MaxAttempts);
        var report = new TaskReport(lease.Fence, lease.Task, failure, failure is null ? null : "as its nature is", missing, 7, terms,
            lease.Analyses);
        Send(() => TakeReport(name, report));
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
        foreach (var fence in held)
        {
            var isOrphan = running.Contains(fence) && !_dispatcher.IsLeased(name, fence) && !lost.Contains(fence);
            Check(isOrphan || lost.Contains(fence) != _dispatcher.IsLeased(name, fence),
                $"{name} was told wrongly whether it holds {fence}");
        }

        worker.Held.RemoveAll(waiting => lost.Contains(waiting.Fence));
        if (running.Any(lost.Contains))
        {
            worker.Running = null;
        }
    }

    private void Announce(string name, Worker worker)
    {
        var isWhole = worker.Announced is null || _random.Next(8) == 0;
        var announcement = new WorkerAnnouncement((worker.Announced ?? 0) + 1, isWhole, _random.Next(1, 4), [], [], _random.Next(1, 4),
            worker.Lacks is { } lacked ? [lacked] : []);
        var isTaken = _dispatcher.Announce(name, announcement, _now);
        Check(isTaken || !isWhole, $"a whole announcement of {name} was refused");
        worker.Announced = isTaken && _random.Next(6) != 0 ? announcement.Number : null;
    }

    private void HandBackWaiting(string name, Worker worker)
    {
        _dispatcher.HandBack(name, worker.Held.Select(lease => lease.Fence));
        worker.Held.Clear();
    }

    private void End(string name, Worker worker)
    {
        if (_random.Next(3) > 0)
        {
            Die(name, noticed: _random.Next(2) == 0);
            return;
        }

        FinishOne(name, worker);
        if (_workers.Remove(name))
        {
            Send(() => _dispatcher.WorkerLeft(name, _now));
        }
    }

    private void Die(string name, bool noticed)
    {
        _workers.Remove(name);
        if (noticed)
        {
            _dispatcher.WorkerDied(name, _now);
            _dispatcher.WorkerDied(name, _now); // membership may say it twice
            SendDecisions();
        }
    }
}
