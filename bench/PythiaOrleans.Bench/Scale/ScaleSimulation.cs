using PythiaOrleans.Cluster.Contracts;
using PythiaOrleans.Cluster.Scheduling;
using PythiaOrleans.Core.Ids;
using PythiaOrleans.Reporting.NullModels;

namespace PythiaOrleans.Bench.Scale;

/// <summary>
/// A sweep in simulated time: the real <see cref="Dispatcher"/>, with nodes, network, source and deaths as events. Nothing is computed.
/// </summary>
internal sealed class ScaleSimulation
{
    private const double TickPeriod = 1;
    private const double AskAgain = 5;
    private const double OwnerAnswers = 0.005;
    private const double SweepBegins = 1;

    private readonly Assumptions _assumptions;
    private readonly Workload _workload;
    private readonly Random _random;
    private readonly Dispatcher _dispatcher;
    private readonly DispatcherOptions _options;
    private readonly PriorityQueue<Action, (double Time, long Order)> _events = new();
    private readonly SimulatedNode[] _nodes;
    private readonly Dictionary<CheckpointId, HashSet<AnalysisId>> _missing = [];
    private readonly HashSet<TaskId> _failed = [];
    private double _now, _dispatcherFree, _dispatcherBusy, _sourceFree;
    private long _order, _arrivals;
    private int _tasks, _deaths;
    private bool _hasBegun;

    public ScaleSimulation(int gpus, Workload workload, Assumptions assumptions, int seed)
    {
        (_workload, _assumptions, _random) = (workload, assumptions, new Random(seed));
        var defaults = new DispatcherOptions(); // its smallest part is in the seconds of the cost model's core
        _options = defaults with { SmallestPart = defaults.SmallestPart / assumptions.Speed };
        _dispatcher = new Dispatcher(_options, 0, (_, model) => workload.Costs[model]);
        _nodes =
        [
            .. Enumerable.Range(0, gpus / assumptions.GpusOfANode).Select(i => new SimulatedNode($"node{i}", assumptions.GpusOfANode)),
        ];
    }

    /// <summary>Runs the sweep to its end.</summary>
    public ScaleResult Run()
    {
        foreach (var node in _nodes)
        {
            Join(node);
            PlanDeath(node);
        }

        At(SweepBegins, () => Send(Enqueue)); // the cluster waits for it, as one does that is there

        At(TickPeriod, Tick);
        var end = 0.0;
        while (!(_hasBegun && _missing.Count == 0) && _events.TryDequeue(out var next, out var at))
        {
            end = _now = at.Time;
            next();
        }

        end -= SweepBegins;
        return new ScaleResult(end, Bound(), _tasks, _deaths, _dispatcherBusy / end);
    }

    private void Enqueue()
    {
        _hasBegun = true;
        foreach (var model in _workload.Spec.Models)
        {
            foreach (var step in _workload.Spec.Steps)
            {
                _missing[new CheckpointId(model, step)] = [.. _workload.Spec.Analyses];
            }
        }

        _dispatcher.Enqueue(_workload.Spec, _missing.Keys.Select(checkpoint => new PendingTask(
            new TaskId(_workload.Spec.Name, checkpoint), _workload.Spec.Analyses, (long)(1000 * _workload.SecondsOf(checkpoint.Model)))));
    }

    // Work over GPUs, the longest analysis of the largest model behind its fetch, and all bytes through the source, each read once.
    private double Bound()
    {
        var steps = _workload.Spec.Steps.Count;
        var work = _workload.Spec.Models.Sum(model => steps * _workload.SecondsOf(model));
        var longest = _workload.Spec.Models.Max(model => _workload.Costs[model].Seconds.Values.Max() + Fetch(model));
        var bytes = _workload.Spec.Models.Sum(model => steps * _workload.Bytes[model]) / _assumptions.SourceBytesPerSecond;
        return new[] { work / (_nodes.Length * _assumptions.GpusOfANode), longest, bytes }.Max();
    }

    private double Fetch(string model) => _workload.Bytes[model] / _assumptions.NodeBytesPerSecond;

    private void At(double time, Action action) => _events.Enqueue(action, (time, _order++));

    // One message after the other; what it does happens when its turn is over.
    private void Send(Action atDispatcher)
    {
        _dispatcherFree = Math.Max(_now, _dispatcherFree) + _assumptions.SecondsOfAMessage;
        _dispatcherBusy += _assumptions.SecondsOfAMessage;
        At(_dispatcherFree, () =>
        {
            atDispatcher();
            AnswerOwners();
            WakeWaiting();
        });
    }

    private void Join(SimulatedNode node) => Send(() =>
    {
        _dispatcher.Announce(
            node.Name, new WorkerAnnouncement(1, true, node.Slots, [], [], node.Slots), TimeSpan.FromSeconds(_now));
        Ask(node);
    });

    private void Ask(SimulatedNode node)
    {
        var (life, room) = (node.Life, (node.Slots * (1 + _assumptions.Prefetch)) - node.Held.Count);
        if (!node.IsAlive || room <= 0)
        {
            return;
        }

        node.IsWaiting = false;
        Send(() =>
        {
            if (node.Life != life)
            {
                return;
            }

            var leases = _dispatcher.Lease(node.Name, room, TimeSpan.FromSeconds(_now));
            foreach (var lease in leases)
            {
                node.Held.Add(lease.Fence, lease);
                BeginFetch(node, lease);
            }

            if (leases.Count < room && !node.IsWaiting)
            {
                var wait = node.BeginWait();
                At(_now + AskAgain, () => AskIfWaiting(node, wait));
            }
        });
    }

    private void AskIfWaiting(SimulatedNode node, int wait)
    {
        if (node.IsWaiting && node.Waits == wait)
        {
            Ask(node);
        }
    }

    // As many waiting nodes as there may be tasks for.
    private void WakeWaiting()
    {
        var fresh = _dispatcher.Arrivals - _arrivals;
        if (fresh <= 0)
        {
            return;
        }

        _arrivals = _dispatcher.Arrivals;
        foreach (var node in _nodes.Where(node => node.IsWaiting && node.IsAlive).Take((int)Math.Min(fresh, _nodes.Length)))
        {
            Ask(node);
        }
    }

    private void BeginFetch(SimulatedNode node, TaskLease lease)
    {
        var (life, checkpoint) = (node.Life, lease.Task.Checkpoint);
        if (!node.Disk.TryGetValue(checkpoint, out var arrives))
        {
            var bytes = _workload.Bytes[checkpoint.Model];
            _sourceFree = Math.Max(_now, _sourceFree) + (bytes / _assumptions.SourceBytesPerSecond);
            arrives = Math.Max(_sourceFree, Math.Max(_now, node.NetworkFree) + (bytes / _assumptions.NodeBytesPerSecond));
            node.Disk[checkpoint] = node.NetworkFree = arrives;
        }

        At(Math.Max(_now, arrives), () =>
        {
            if (node.Life == life)
            {
                node.Fetched.Enqueue(lease);
                BeginNext(node);
            }
        });
    }

    private void BeginNext(SimulatedNode node)
    {
        while (node.Running.Count < node.Slots && node.Fetched.TryDequeue(out var lease))
        {
            node.Running.Add(lease.Fence);
            var life = node.Life;
            var cost = _workload.Costs[lease.Task.Checkpoint.Model];
            var (seconds, stored) = (cost.SecondsOf(lease.Analyses), lease.Analyses);
            // The mean stays that of the estimates.
            var factor = Math.Exp((_assumptions.Spread * _random.Gaussian()) - (_assumptions.Spread * _assumptions.Spread / 2));
            if (_random.NextDouble() < _assumptions.FailingShare && _failed.Add(lease.Task))
            {
                seconds *= _random.NextDouble();
                var left = seconds;
                stored = [.. lease.Analyses.TakeWhile(analysis => (left -= cost.SecondsOf(analysis)) >= 0)];
            }

            At(_now + (seconds * factor), () => End(node, lease, stored, life));
        }
    }

    // What was stored before it failed need not be computed again.
    private void End(SimulatedNode node, TaskLease lease, IReadOnlyList<AnalysisId> stored, int life)
    {
        if (node.Life != life)
        {
            return;
        }

        node.Running.Remove(lease.Fence);
        node.Held.Remove(lease.Fence);
        BeginNext(node);
        if (stored.Count < lease.Analyses.Count)
        {
            Send(() =>
            {
                var now = TimeSpan.FromSeconds(_now);
                var retry = new TaskRetry([.. lease.Analyses.Except(stored)], _options.FirstBackoff, 1, 0, 0);
                _dispatcher.TakeBack(node.Name, [lease.Fence], now);
                _dispatcher.Settle(Verdict(lease.Task, lease.Fence, stored, retry), now);
            });
        }
        else
        {
            _tasks++;
            Send(() => _dispatcher.Settle(Verdict(lease.Task, lease.Fence, stored, null), TimeSpan.FromSeconds(_now)));
        }

        Ask(node);
    }

    private ShardVerdict Verdict(TaskId task, long fence, IReadOnlyList<AnalysisId> stored, TaskRetry? retry)
    {
        AnalysisId[] left = [];
        if (_missing.TryGetValue(task.Checkpoint, out var missing))
        {
            missing.ExceptWith(stored);
            left = [.. missing];
            if (missing.Count == 0)
            {
                _missing.Remove(task.Checkpoint);
            }
        }

        return new ShardVerdict(task, fence, stored, left, _workload.Spec.Analyses.Count, retry);
    }

    // Owners of checkpoints: they divide shards, and try again what a dead worker had.
    private void AnswerOwners()
    {
        if (_dispatcher.TakeDecisions() is not { } decisions)
        {
            return;
        }

        foreach (var question in decisions.Questions)
        {
            var parts = FanOut.Divide(
                question.Analyses, _workload.Costs[question.Task.Checkpoint.Model], question.MaxParts, _options.SmallestPart,
                _options.ReloadFactor);
            At(_now + OwnerAnswers, () => Send(() => _dispatcher.Divide(
                question, [.. parts.Select(part => new ShardPart(part.Analyses, part.Share))])));
        }

        foreach (var report in decisions.Reports)
        {
            var retry = new TaskRetry(report.Analyses ?? report.Missing, TimeSpan.Zero, 0, 0, 1);
            At(_now + OwnerAnswers, () => Send(() =>
                _dispatcher.Settle(Verdict(report.Task, report.Fence, [], retry), TimeSpan.FromSeconds(_now))));
        }
    }

    private void Tick()
    {
        var now = TimeSpan.FromSeconds(_now);
        foreach (var node in _nodes.Where(node => node.IsAlive))
        {
            // Every fifth second in truth; the renewal itself costs the dispatcher a message then.
            if ((int)_now % (int)AskAgain == 0)
            {
                Send(() => { });
            }

            _dispatcher.Heartbeat(node.Name, [.. node.Held.Keys], [.. node.Running], now);
        }

        _dispatcher.Tick(now);
        AnswerOwners();
        WakeWaiting();
        At(_now + TickPeriod, Tick);
    }

    private void PlanDeath(SimulatedNode node)
    {
        var mean = 3600 * _assumptions.GpuHoursOfAFailure / node.Slots;
        var life = node.Life;
        At(_now - (mean * Math.Log(1 - _random.NextDouble())), () =>
        {
            if (node.Life == life)
            {
                Die(node);
            }
        });
    }

    private void Die(SimulatedNode node)
    {
        _deaths++;
        (node.IsAlive, node.IsWaiting) = (false, false);
        node.Life++;
        node.Held.Clear();
        node.Fetched.Clear();
        node.Running.Clear();
        node.Disk.Clear();
        At(_now + _assumptions.SecondsToNotice, () => Send(() => _dispatcher.WorkerDied(node.Name, TimeSpan.FromSeconds(_now))));
        At(_now + _assumptions.SecondsToReturn, () =>
        {
            (node.IsAlive, node.NetworkFree) = (true, _now);
            Join(node);
            PlanDeath(node);
        });
    }
}
