using PythiaOrleans.Cluster.Contracts;
using PythiaOrleans.Cluster.Scheduling;
using PythiaOrleans.Core.Ids;
using PythiaOrleans.Core.Sweeps;

namespace PythiaOrleans.Cluster.Tests;

/// <summary>
/// One seeded history of a whole cluster: two sweeps over common pairs, coordinators, a dispatcher, owners of checkpoints and workers,
/// all of which die; messages that are lost, late and doubled; users who pause, extend, cancel, retry.
/// </summary>
/// <remarks>
/// The three machines are the product's own; what is between them (grains, store, workers) is played here, with books of its own that
/// every decision is compared with.
/// </remarks>
internal sealed partial class ClusterHistory
{
    private const int MaxDeaths = 3;
    private const int Events = 110;
    private const int MaxSteps = 6;

    private static readonly TimeSpan LeaseDuration = TimeSpan.FromSeconds(30);
    private static readonly string[] SweepNames = ["first", "second"];
    private static readonly AnalysisId[] Analyses =
    [
        new("moments", "0123456789abcdef"), new("distance", "fedcba9876543210"), new("spectrum", "0123456789abcdef"),
            new("gradients", "0123456789abcdef"),
    ];

    // Each analysis is worth a part of its own.
    private static readonly ShardCost Cost = new(TimeSpan.FromSeconds(1), Analyses.ToDictionary(analysis => analysis.Name, _ => 100.0));

    // What fails where one analysis fails, and what kills where something kills.
    private static readonly AnalysisId Corrupt = Analyses[1];
    private static readonly AnalysisId Killer = Analyses[0];

    private readonly Random _random;
    private readonly DispatcherOptions _options;
    private readonly bool _divides;
    private readonly Dictionary<CheckpointId, Nature> _natures = [];
    private readonly Dictionary<string, Coordinator> _sweeps = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Worker> _workers = new(StringComparer.Ordinal);
    private readonly Dictionary<CheckpointId, CheckpointMachine> _owners = [];
    private readonly List<(Action Message, Action? OnLost)> _underway = [];
    private readonly List<(Coordinator Sweep, SweepMachine Machine, SweepRequest Request)> _applying = [];
    private Dispatcher _dispatcher;
    private Guid _epoch = Guid.NewGuid();
    private TimeSpan _now;
    private long _lastFence;
    private int _silos;
    private bool _isCalm;

    public ClusterHistory(int seed)
    {
        _random = new Random(seed);
        _divides = seed % 3 == 0;
        _options = new DispatcherOptions { LeaseDuration = LeaseDuration, MaxDeaths = MaxDeaths, Seed = seed };
        _dispatcher = new Dispatcher(_options, 0, _divides ? (_, _) => Cost : null);
        for (var step = 0; step < MaxSteps; step++)
        {
            _natures[new CheckpointId("m", step)] = (Nature)(_random.Next(3) == 0 ? _random.Next(6) : 0);
        }

        foreach (var name in SweepNames)
        {
            var spec = new SweepSpec
            {
                Name = name,
                Models = ["m"],
                Steps = [.. Enumerable.Range(0, _random.Next(1, MaxSteps))],
                Analyses = Analyses[.._random.Next(1, Analyses.Length + 1)],
                ReferenceStep = 0,
                Source = "nowhere",
                MaxAttempts = 1 + _random.Next(3),
                Priority = _random.Next(2),
            };
            _sweeps[name] = new Coordinator(new SweepMachine(name, _ => 1), spec);
        }
    }

    /// <summary>Leases of parts of a shard: without any, histories say nothing about them.</summary>
    public int PartsLeased { get; private set; }

    /// <summary>Tasks that waited for those of another sweep.</summary>
    public int Shared { get; private set; }

    /// <summary>What a checkpoint does to a worker that computes it.</summary>
    private enum Nature
    {
        Good,
        FailsTwice,
        StoreAwayTwice,
        OneAnalysisCorrupt,
        Corrupt,
        KillsItsWorker,
    }

    /// <summary>Chaos for a while; then the faults stop, and every sweep must come to an end.</summary>
    public void Run()
    {
        while (_divides && _workers.Count < 3)
        {
            // Shards are divided while slots wait for them: workers must have asked before tasks come.
            var (name, worker) = (NewName(), new Worker());
            _workers.Add(name, worker);
            Announce(name, worker);
            Lease(name, worker, lossy: false);
        }

        foreach (var sweep in _sweeps.Values)
        {
            Request(sweep, sweep.Machine.Start(sweep.Wanted, false));
        }

        for (var i = 0; i < Events; i++)
        {
            Chaos();
        }

        _isCalm = true;
        Calm();
        CheckEnd();
        Shared += _dispatcher.SharedTasks;
    }

    private void Chaos()
    {
        switch (_random.Next(100))
        {
            case < 6: _workers.TryAdd(NewName(), NewWorker()); break;
            case < 9: OnWorker(Announce); break;
            case < 21: OnWorker((name, worker) => Lease(name, worker, lossy: true)); break;
            case < 31: OnWorker(StartNext); break;
            case < 41: OnWorker(FinishOne); break;
            case < 66: Deliver(lossy: true); Deliver(lossy: true); break;
            case < 70: OnWorker((name, worker) => Beat(name, worker, lossy: true)); break;
            case < 74: Pass(TimeSpan.FromSeconds(_random.Next(1, 12))); break;
            case < 75: OnWorker(End); break;
            // Everybody hangs: all leases run out, all late reports are still to come.
            case < 76: Pass(LeaseDuration + TimeSpan.FromSeconds(1)); break;
            case < 77: OnWorker(HandBackWaiting); break;
            case < 91: OnSweep(Advance); break;
            case < 96: OnSweep(RequestAny); break;
            case < 97: OnSweep(AskProgress); break;
            case < 98: KillOwner(); break;
            case < 99: OnSweep(KillCoordinator); break;
            default: if (_random.Next(2) == 0) { KillDispatcher(); } break;
        }
    }

    // No more losses. Checkpoints that kill their worker still do.
    private void Calm()
    {
        for (var round = 0; !_sweeps.Values.All(sweep => sweep.Machine.State >= SweepState.Completed && !sweep.Machine.IsActive)
            || _underway.Count > 0 || _applying.Count > 0; round++)
        {
            var standing = _sweeps.Values.Select(
                sweep => $"{sweep.Wanted.Name} is {sweep.Machine.State}, {sweep.Machine.Counts?.Open} open");
            Check(round < 3000, $"nothing ends any more: {string.Join("; ", standing)}; the dispatcher has {_dispatcher.Open}");
            while (_workers.Count < 2 || _workers.Values.All(worker => worker.Lacks is not null))
            {
                _workers.Add(NewName(), new Worker());
            }

            foreach (var sweep in _sweeps.Values)
            {
                Advance(sweep);
                if (!sweep.IsRequested && sweep.Machine.State is SweepState.Idle or SweepState.Paused)
                {
                    Request(sweep, sweep.Machine.State == SweepState.Idle
                        ? sweep.Machine.Start(sweep.Machine.Spec ?? sweep.Wanted, false) : new SweepRequest.Resume());
                }

                AskProgress(sweep);
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

            while (_underway.Count > 0 || _applying.Count > 0)
            {
                Deliver(lossy: false);
            }

            Pass(TimeSpan.FromSeconds(5));
        }
    }

    // Some lack a plugin.
    private Worker NewWorker() => new() { Lacks = _random.Next(6) == 0 ? Analyses[2] : null };

    private string NewName() => $"silo {++_silos}";

    private void OnWorker(Action<string, Worker> act)
    {
        if (_workers.Count > 0)
        {
            var (name, worker) = _workers.ElementAt(_random.Next(_workers.Count));
            act(name, worker);
        }
    }

    private void OnSweep(Action<Coordinator> act) => act(_sweeps[SweepNames[_random.Next(2)]]);

    // Messages arrive in any order; some are lost, some come twice.
    private void Deliver(bool lossy)
    {
        if (_applying.Count > 0 && (!lossy || _random.Next(4) == 0))
        {
            var (sweep, machine, request) = _applying[0];
            _applying.RemoveAt(0);
            Apply(sweep, machine, request);
        }

        if (_underway.Count == 0)
        {
            return;
        }

        var index = _random.Next(_underway.Count);
        var (message, onLost) = _underway[index];
        var fate = lossy ? _random.Next(14) : 13;
        if (fate != 0 || onLost is not null)
        {
            _underway.RemoveAt(index);
        }

        if (fate != 1)
        {
            message();
        }
        else
        {
            onLost?.Invoke();
        }
    }

    private void Send(Action message) => _underway.Add((message, null));

    // A call: it is carried out once at most, and who waits for it learns in the end that no answer comes.
    private void Call(Action message, Action onLost) => _underway.Add((message, onLost));

    private void Pass(TimeSpan time)
    {
        _now += time;
        _dispatcher.Tick(_now);
        SendDecisions();
    }

    private void KillDispatcher()
    {
        Shared += _dispatcher.SharedTasks;

        // The successor's clock may be behind.
        var lastFence = Math.Max(0, _lastFence + _random.Next(-3, 100));
        _dispatcher = new Dispatcher(_options, lastFence, _divides ? (_, _) => Cost : null);
        _epoch = Guid.NewGuid();
        foreach (var worker in _workers.Values)
        {
            worker.Announced = null;
        }
    }

    private void KillOwner()
    {
        if (_owners.Count > 0)
        {
            _owners.Remove(_owners.Keys.ElementAt(_random.Next(_owners.Count)));
        }
    }
}
