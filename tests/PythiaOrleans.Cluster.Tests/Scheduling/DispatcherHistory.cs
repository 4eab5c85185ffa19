using PythiaOrleans.Cluster.Contracts;
using PythiaOrleans.Cluster.Scheduling;
using PythiaOrleans.Core.Ids;
using PythiaOrleans.Core.Sweeps;

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
    private static readonly AnalysisId[] Analyses = [new("moments", "0123456789abcdef"), new("distance", "fedcba9876543210"), new("spectrum", "0123456789abcdef"), new("gradients", "0123456789abcdef")];

    // Each analysis is worth a part of its own.
    private static readonly ShardCost Cost = new(TimeSpan.FromSeconds(1), Analyses.ToDictionary(analysis => analysis.Name, _ => 100.0));

    // What fails where one analysis fails, and what kills where something kills.
    private static readonly AnalysisId Corrupt = Analyses[1];
    private static readonly AnalysisId Killer = Analyses[0];

    private readonly Random _random;
    private readonly Dispatcher _dispatcher;
    private readonly bool _hasDisks;
    private readonly bool _divides;
    private readonly Dictionary<TaskId, Shard> _shards = [];
    private readonly Dictionary<string, SweepSpec> _sweeps = new(StringComparer.Ordinal);
    private readonly HashSet<string> _paused = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Worker> _workers = new(StringComparer.Ordinal);
    private readonly Dictionary<string, TimeSpan> _lastSeen = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (long Number, HashSet<CachedCheckpoint> Disk)> _disks = new(StringComparer.Ordinal);
    private readonly List<(string Worker, TaskReport Report)> _underway = [];
    private TimeSpan _now;
    private long _lastFence;
    private int _committed;
    private int _silos;

    public DispatcherHistory(int seed)
    {
        _random = new Random(seed);
        _hasDisks = seed % 2 == 0; // half of the histories know no disks at all: theirs is the path of a shared folder
        _divides = seed % 3 == 0;
        _dispatcher = new Dispatcher(
            new DispatcherOptions { LeaseDuration = LeaseDuration, MaxDeaths = MaxDeaths, Seed = seed }, costs: _divides ? (_, _) => Cost : null);
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

    /// <summary>Leases of parts of a shard: without any, a history has said nothing about them.</summary>
    public int PartsLeased { get; private set; }

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
        while (_divides && _workers.Count < 3)
        {
            // Shards are divided while slots wait for them: somebody must have asked before they come.
            var (name, worker) = (NewName(), new Worker());
            _workers.Add(name, worker);
            Announce(name, worker);
            Lease(name, worker, lossy: false);
        }

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
                if (_random.Next(4) == 0)
                {
                    Announce(name, worker);
                }

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
        var tasks = new List<PendingTask>();
        for (var i = _random.Next(1, _divides ? 3 : 6); i > 0; i--)
        {
            // Some are asked for again: those that have not ended must stay as they are.
            var id = new TaskId(sweep.Name, new CheckpointId("m", _random.Next(Steps)));
            var known = _shards.GetValueOrDefault(id);
            AnalysisId[] missing = [.. Analyses.Except(known?.Stored ?? [])];
            if (missing.Length == 0)
            {
                continue; // the planner finds it in the store
            }

            if (known is not { End: null })
            {
                _shards[id] = new Shard(id, (Nature)(_random.Next(3) == 0 ? _random.Next(6) : 0), missing, known?.Stored ?? []);
            }

            tasks.Add(new PendingTask(id, missing, _random.Next(3)));
        }

        _dispatcher.Enqueue(sweep, tasks);
    }

    private void Pass(TimeSpan time)
    {
        _now += time;
        foreach (var silent in Held().Select(task => task.Holder!).Distinct().Where(name => _now - _lastSeen[name] > LeaseDuration).ToArray())
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
        Check(ended.All(task => task.End == OutcomeKind.Cancelled), "a cancelled task ended otherwise");
        Record(ended);
        Check(_shards.Values.All(shard => shard.Id.Sweep != sweep || shard.End is not null), $"a shard of {sweep} outlived its cancelling");
    }
}
