using PythiaOrleans.Checkpoints;
using PythiaOrleans.Results;

namespace PythiaOrleans.Cluster.Tests;

/// <summary>One seeded history: workers that lease, compute, die, hang and lose replies; clients that pause, cancel and enlarge sweeps.</summary>
/// <remarks>It keeps its own books of who holds what and of what the store holds, and compares every decision of the dispatcher with them.</remarks>
internal sealed partial class DispatcherHistory
{
    private const int MaxDeaths = 3;
    private const int Events = 90;
    private const int Steps = 24;

    private static readonly TimeSpan LeaseDuration = TimeSpan.FromSeconds(30);
    private static readonly string[] SweepNames = ["first", "second"];
    private static readonly AnalysisId[] Analyses = [new("moments", "0123456789abcdef"), new("distance", "fedcba9876543210")];

    private readonly Random _random;
    private readonly Dispatcher _dispatcher;
    private readonly bool _hasDisks;
    private readonly Dictionary<TaskId, Shard> _shards = [];
    private readonly Dictionary<string, SweepSpec> _sweeps = new(StringComparer.Ordinal);
    private readonly HashSet<string> _paused = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Worker> _workers = new(StringComparer.Ordinal);
    private readonly Dictionary<string, TimeSpan> _lastSeen = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (long Number, HashSet<Holding> Disk)> _disks = new(StringComparer.Ordinal);
    private readonly List<(string Worker, TaskReport Report)> _underway = [];
    private TimeSpan _now;
    private long _lastFence;
    private int _committed;
    private int _silos;

    public DispatcherHistory(int seed)
    {
        _random = new Random(seed);
        _hasDisks = seed % 2 == 0;
        _dispatcher = new Dispatcher(new DispatcherOptions { LeaseDuration = LeaseDuration, MaxDeaths = MaxDeaths, Seed = seed });
        foreach (var name in SweepNames)
        {
            _sweeps[name] = new SweepSpec
            {
                Name = name,
                Models = ["m"],
                Steps = [0],
                Analyses = Analyses,
                ReferenceStep = 0,
                Source = "nowhere",
                MaxAttempts = 1 + _random.Next(3),
                Priority = _random.Next(2),
            };
        }
    }

    /// <summary>What the shard does to whoever computes it.</summary>
    private enum Nature
    {
        Good,
        FailsTwice,
        StoreAwayTwice,
        OneAnalysisCorrupt,
        Corrupt,
        KillsItsWorker,
    }

    /// <summary>Chaos for a while; then the faults stop, and every shard must come to an end.</summary>
    public void Run()
    {
        Grow();
        for (var i = 0; i < Events; i++)
        {
            Chaos();
        }

        foreach (var sweep in _paused.ToArray())
        {
            Unpause(sweep);
        }

        Calm();
        foreach (var shard in _shards.Values)
        {
            Check(shard.End is not null, $"{shard.Id} was lost: it never ended");
        }

        Check(_dispatcher.Open == 0, $"the dispatcher still has {_dispatcher.Open} tasks");
        Check(_dispatcher.Leased == 0, $"the dispatcher still has {_dispatcher.Leased} leases");
        Check(SweepNames.All(sweep => _dispatcher.LeasedOf(sweep) == 0), "a sweep still counts leases");
    }

    private void Chaos()
    {
        switch (_random.Next(100))
        {
            case < 8: _workers.TryAdd(NewName(), new Worker()); break;
            case < 13: OnWorker(Announce); break;
            case < 31: OnWorker(Lease); break;
            case < 45: OnWorker(StartNext); break;
            case < 62: OnWorker(FinishOne); break;
            case < 74: Deliver(lossy: true); break;
            case < 82: OnWorker((name, worker) => Beat(name, worker, lossy: true)); break;
            case < 88: Pass(TimeSpan.FromSeconds(_random.Next(1, 12))); break;
            case < 90: OnWorker((name, _) => Die(name, noticed: _random.Next(2) == 0)); break;
            case < 91: Pass(LeaseDuration + TimeSpan.FromSeconds(1)); break; // everybody hangs: all leases run out, all late reports are still to come
            case < 93: OnWorker(HandBackWaiting); break;
            case < 95: Pause(SweepNames[_random.Next(2)]); break;
            case < 98: Unpause(SweepNames[_random.Next(2)]); break;
            case < 99: Grow(); break;
            default: if (_random.Next(4) == 0) { Cancel(SweepNames[_random.Next(2)]); } break;
        }
    }

    // No more losses. Shards that kill their worker still do.
    private void Calm()
    {
        for (var round = 0; _dispatcher.Open > 0; round++)
        {
            Check(round < 2000, $"nothing ends any more: {string.Join(", ", _shards.Values.Where(shard => shard.End is null).Select(shard => $"{shard.Id} ({shard.Nature})"))}");
            if (_workers.Count < 2)
            {
                _workers.Add(NewName(), new Worker());
            }

            foreach (var name in _workers.Keys.ToArray())
            {
                var worker = _workers[name];
                Lease(name, worker, lossy: false);
                StartNext(name, worker);
                Beat(name, worker, lossy: false);
                FinishOne(name, worker);
            }

            while (_underway.Count > 0)
            {
                Deliver(lossy: false);
            }

            Pass(TimeSpan.FromSeconds(5));
        }

        foreach (var (name, worker) in _workers)
        {
            Beat(name, worker, lossy: false);
        }
    }

    private string NewName() => $"silo {++_silos}";

    private void OnWorker(Action<string, Worker> act)
    {
        if (_workers.Count > 0)
        {
            var (name, worker) = _workers.ElementAt(_random.Next(_workers.Count));
            act(name, worker);
        }
    }

    private void Grow()
    {
        var sweep = _sweeps[SweepNames[_random.Next(2)]];
        var tasks = new List<TaskRequest>();
        for (var i = _random.Next(1, 6); i > 0; i--)
        {
            // Some are asked for again: those that have not ended must stay as they are.
            var id = new TaskId(sweep.Name, new CheckpointId("m", _random.Next(Steps)));
            if (!_shards.TryGetValue(id, out var shard) || shard.End is { } end && end != TaskEnd.Committed)
            {
                var nature = (Nature)(_random.Next(3) == 0 ? _random.Next(6) : 0);
                _shards[id] = new Shard(id, shard is { IsStored: true } ? Nature.Good : nature) { IsStored = shard?.IsStored ?? false };
            }
            else if (shard.End == TaskEnd.Committed)
            {
                continue; // the planner finds it in the store
            }

            tasks.Add(new TaskRequest(id, Analyses, _random.Next(3)));
        }

        _dispatcher.Enqueue(sweep, tasks);
    }

    private void Lease(string name, Worker worker) => Lease(name, worker, lossy: true);

    private void Lease(string name, Worker worker, bool lossy)
    {
        var leases = _dispatcher.Lease(name, _random.Next(1, 4), _now);
        var lost = lossy && _random.Next(8) == 0;
        foreach (var lease in leases)
        {
            var shard = _shards[lease.Task];
            Check(lease.Fence > _lastFence, $"fence {lease.Fence} came after {_lastFence}");
            Check(shard.End is null, $"{lease.Task} was leased although it had ended");
            Check(shard.Holder is null, $"{lease.Task} was leased to {name} while {shard.Holder} holds it");
            Check(!_paused.Contains(lease.Task.Sweep), $"{lease.Task} was leased although its sweep is paused");
            _lastFence = lease.Fence;
            shard.Holder = name;
            shard.Fence = lease.Fence;
            shard.IsRunning = false;
            shard.RenewedAt = _now;
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

        var shard = _shards[lease.Task];
        shard.Runs++;
        if (shard.Nature == Nature.KillsItsWorker)
        {
            Beat(name, worker, lossy: false); // it ran long enough to be seen running
            Die(name, noticed: true);
            return;
        }

        worker.Running = null;
        FailureKind? failure = shard.Nature switch
        {
            Nature.FailsTwice when shard.Runs <= 2 => FailureKind.Transient,
            Nature.StoreAwayTwice when shard.Runs <= 2 => FailureKind.Infrastructure,
            Nature.Corrupt or Nature.OneAnalysisCorrupt => FailureKind.Permanent,
            _ => null,
        };
        shard.IsStored |= failure is null;
        IReadOnlyList<AnalysisId> missing = failure is null ? [] : shard.Nature == Nature.OneAnalysisCorrupt ? [Analyses[1]] : lease.Analyses;
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

        var shard = _shards[report.Task];
        var counts = shard.Holder is not null && shard.Fence == report.Fence;
        var ended = _dispatcher.Report(name, report, _now);
        _lastSeen[name] = _now;
        Check(ended.Count == 0 || counts || report.Failure is null, $"{report.Task}: a late failure was taken for news");
        if (counts)
        {
            shard.Attempts += report.Failure is FailureKind.Transient or FailureKind.Permanent ? 1 : 0;
            shard.Holder = null;
        }

        Record(ended);
        Check(report.Failure is not null || shard.End is not null, $"{report.Task} is stored, was reported, and has not ended");
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
        foreach (var shard in _shards.Values.Where(shard => shard.Holder == name))
        {
            var isHeld = held.Contains(shard.Fence);
            shard.RenewedAt = isHeld ? _now : shard.RenewedAt;
            shard.IsRunning |= running.Contains(shard.Fence);
            if (!isHeld && _now - shard.RenewedAt > LeaseDuration)
            {
                shard.Holder = null; // its reply, or its report, never arrived
            }
        }

        foreach (var fence in held)
        {
            Check(lost.Contains(fence) != _shards.Values.Any(shard => shard.Holder == name && shard.Fence == fence), $"{name} was told wrongly whether it holds {fence}");
        }

        worker.Held.RemoveAll(waiting => lost.Contains(waiting.Fence));
        if (running.Any(lost.Contains))
        {
            worker.Running = null;
        }
    }

    // Half of the histories know no disks at all: theirs is the path of a shared folder.
    private void Announce(string name, Worker worker)
    {
        if (!_hasDisks)
        {
            return;
        }

        var disk = worker.Disk.ToHashSet();
        foreach (var step in Enumerable.Range(0, _random.Next(1, 6)).Select(_ => _random.Next(Steps)))
        {
            if (!disk.Remove(OnDisk(step)))
            {
                disk.Add(OnDisk(step));
            }
        }

        var isWhole = worker.Announced is null || _random.Next(8) == 0;
        var announcement = new WorkerAnnouncement(
            (worker.Announced ?? 0) + 1, isWhole, _random.Next(1, 4), [.. isWhole ? disk : disk.Except(worker.Disk)], [.. isWhole ? [] : worker.Disk.Except(disk)]);
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

    private static Holding OnDisk(int step) => new("nowhere", new CheckpointId("m", step));

    private void HandBackWaiting(string name, Worker worker)
    {
        _dispatcher.HandBack(name, worker.Held.Select(lease => lease.Fence));
        foreach (var shard in worker.Held.Select(lease => _shards[lease.Task]).Where(shard => shard.Holder == name && worker.Held.Any(lease => lease.Fence == shard.Fence)))
        {
            shard.Holder = null;
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
        foreach (var shard in _shards.Values.Where(shard => shard.Holder == name))
        {
            shard.Deaths += shard.IsRunning ? 1 : 0;
            shard.Holder = null;
        }
    }

    private void Pass(TimeSpan time)
    {
        _now += time;
        foreach (var silent in _shards.Values.Select(shard => shard.Holder).OfType<string>().Distinct().Where(name => _now - _lastSeen[name] > LeaseDuration).ToArray())
        {
            Charge(silent);
        }

        foreach (var silent in _disks.Keys.Where(name => _now - _lastSeen[name] > LeaseDuration).ToArray())
        {
            _disks.Remove(silent);
        }

        Record(_dispatcher.Tick(_now));
    }

    private void Pause(string sweep)
    {
        _paused.Add(sweep);
        _dispatcher.SetPaused(sweep, true);
    }

    private void Unpause(string sweep)
    {
        _paused.Remove(sweep);
        _dispatcher.SetPaused(sweep, false);
    }

    private void Cancel(string sweep)
    {
        var ended = _dispatcher.Cancel(sweep);
        Check(ended.All(task => task.End == TaskEnd.Cancelled), "a cancelled task ended otherwise");
        foreach (var task in ended)
        {
            _shards[task.Task].Holder = null;
        }

        Record(ended);
        Check(_shards.Values.All(shard => shard.Id.Sweep != sweep || shard.End is not null), $"a shard of {sweep} outlived its cancelling");
    }
}
