using PythiaOrleans.Cluster.Contracts;
using PythiaOrleans.Cluster.Scheduling;
using PythiaOrleans.Core.Ids;
using PythiaOrleans.Core.Sweeps;

namespace PythiaOrleans.Cluster.Tests;

/// <content>Coordinators and their users, as the grains do it.</content>
internal sealed partial class ClusterHistory
{
    private void Advance(Coordinator sweep)
    {
        if (sweep.Machine.Next(_now) is { } step)
        {
            var machine = sweep.Machine;
            Call(() => Do(sweep, machine, step), () => machine.Failed(step));
            if (!_isCalm && _random.Next(12) == 0)
            {
                machine.Failed(step); // nobody knows whether it was done, and it may be done yet
            }
        }
        else if (!_isCalm && _random.Next(4) == 0)
        {
            sweep.Machine.Failed(new SweepStep.Compare(long.MaxValue)); // of a step that nobody awaits
        }
    }

    // Each part of a step is carried out when its message arrives; the answer travels back.
    private void Do(Coordinator sweep, SweepMachine machine, SweepStep step)
    {
        if (sweep.Machine != machine)
        {
            return; // its silo died with it
        }

        if (!_isCalm && _random.Next(10) == 0)
        {
            machine.Failed(step);
            return;
        }

        var name = sweep.Wanted.Name;
        switch (step)
        {
            case SweepStep.Connect or SweepStep.Enqueue when !machine.Awaits(step):
                break; // a request came between
            case SweepStep.Connect:
                (sweep.HasReminder, sweep.IsHeld) = (true, false);
                _dispatcher.SetPaused(name, false);
                ShardHistory[] histories = [.. _histories.Where(pair => pair.Key.Sweep == name).Select(pair => pair.Value)];
                var epoch = _epoch;
                Answer(machine, step, () => machine.Connected(step, epoch, histories));
                break;
            case SweepStep.ListModel list:
                var missing = machine.Spec!.Steps.ToDictionary(
                    number => number, number =>
                        machine.Spec.Analyses.Where(analysis => !IsStored(new CheckpointId("m", number), analysis)).ToArray());
                Answer(machine, step, () => machine.Listed(list, number => missing[number]));
                break;
            case SweepStep.Enqueue enqueue:
                _dispatcher.Enqueue(machine.Spec!, enqueue.Tasks);
                Answer(machine, step, () => machine.Enqueued(enqueue));
                break;
            case SweepStep.Compare:
                var status = new DispatcherStatus(_epoch, _dispatcher.OpenOf(name), _dispatcher.LeasedOf(name), _dispatcher.IsPaused(name));
                Answer(machine, step, () => machine.Compared(step, status));
                break;
            case SweepStep.OrderQueue order:
                // One that comes late undoes the order after it, until the coordinator compares.
                sweep.IsHeld &= machine.Awaits(step) || order.Order != QueueOrder.Run;
                DoOrder(sweep, order);
                Answer(machine, step, () => machine.Ordered(order));
                break;
            case SweepStep.WriteSeries write:
                Answer(machine, step, () => machine.SeriesAsked(write));
                break;
            case SweepStep.CheckSeries:
                var fate = _random.Next(6);
                Answer(machine, step, () =>
                {
                    if (fate == 0)
                    {
                        machine.SeriesFailed(step, "damaged", []);
                    }
                    else
                    {
                        machine.SeriesChecked(step, fate > 1);
                    }
                });
                break;
            case SweepStep.Close:
                sweep.HasReminder = false;
                Answer(machine, step, () => machine.Closed(step));
                break;
        }
    }

    private void DoOrder(Coordinator sweep, SweepStep.OrderQueue order)
    {
        var name = sweep.Wanted.Name;
        if (sweep.Machine.Awaits(order))
        {
            sweep.HasReminder = order.Order == QueueOrder.Run;
        }

        if (order.Order == QueueOrder.Cancel)
        {
            _dispatcher.Cancel(name);
        }
        else
        {
            _dispatcher.SetPaused(name, order.Order == QueueOrder.Pause);
        }
    }

    private void Answer(SweepMachine machine, SweepStep step, Action answer) => Call(answer, () => machine.Failed(step));

    private void RequestAny(Coordinator sweep)
    {
        var machine = sweep.Machine;
        if (sweep.IsRequested || machine.Spec is not { } spec)
        {
            return;
        }

        switch (_random.Next(8))
        {
            case 0 or 1:
                Request(sweep, machine.Pause());
                break;
            case 2 or 3:
                Request(sweep, new SweepRequest.Resume());
                break;
            case 4:
                if (_random.Next(2) == 0)
                {
                    Request(sweep, machine.Cancel());
                }

                break;
            case 5:
                Request(sweep, machine.Start(spec, false));
                break;
            case 6:
                var checkpoint = new CheckpointId("m", _random.Next(spec.Steps.Count));
                Request(sweep,
                    machine.Retry(checkpoint, [.. _failures.Where(pair => pair.Key.Sweep == spec.Name).Select(pair => pair.Value)]));
                break;
            default:
                Request(sweep, machine.Extend(spec with
                {
                    Steps = [.. Enumerable.Range(0, _random.Next(spec.Steps.Count, MaxSteps + 1))],
                    Analyses = Analyses[.._random.Next(spec.Analyses.Count, Analyses.Length + 1)],
                }));
                break;
        }
    }

    private void Request(Coordinator sweep, SweepRequest? request)
    {
        if (request is null || sweep.IsRequested)
        {
            return;
        }

        var machine = sweep.Machine;
        sweep.IsRequested = true;
        machine.Hold();
        if (!_isCalm && _random.Next(8) == 0)
        {
            sweep.IsRequested = false;
            machine.Refuse(); // the store is away
            return;
        }

        _applying.Add((sweep, machine, request));
    }

    private void Apply(Coordinator sweep, SweepMachine machine, SweepRequest request)
    {
        if (sweep.Machine != machine || !sweep.IsRequested)
        {
            return; // its silo died, or the message came twice
        }

        sweep.IsRequested = false;
        sweep.StoredSpec = request.Spec ?? sweep.StoredSpec ?? sweep.Wanted;
        sweep.StoredOrder = request.Order ?? sweep.StoredOrder;
        sweep.HasReminder |= request.Order == SweepOrderKind.Running;
        machine.Apply(request);
        if (request is not (SweepRequest.Pause or SweepRequest.Cancel))
        {
            sweep.IsHeld = sweep.IsHeld && machine.State == SweepState.Paused;
        }

        if (machine.NextOrder() is SweepStep.OrderQueue step)
        {
            if (!_isCalm && _random.Next(6) == 0)
            {
                machine.Failed(step); // the dispatcher is away: the timer tries again
                return;
            }

            DoOrder(sweep, step);
            machine.Ordered(step);
            sweep.IsHeld = step.Order != QueueOrder.Run;
        }
    }

    private void Record(Coordinator sweep, TaskOutcome outcome)
    {
        if (sweep.Machine.State == SweepState.Idle)
        {
            Wake(sweep);
        }

        sweep.Machine.Record([outcome], _dispatcher.LeasedOf(outcome.Task.Sweep));
    }

    private void Wake(Coordinator sweep) =>
        sweep.Machine.Wake(_failures.Where(pair => pair.Key.Sweep == sweep.Wanted.Name).Select(pair => pair.Value));

    private void KillCoordinator(Coordinator sweep)
    {
        if (sweep.StoredSpec is null)
        {
            return;
        }

        Check(
            sweep.HasReminder || sweep.Machine.State is not (SweepState.Planning or SweepState.Running),
            $"nothing would wake {sweep.Wanted.Name}, whose user was answered that it runs");
        (sweep.IsRequested, sweep.ToldByOwn) = (false, false);
        sweep.Machine = new SweepMachine(sweep.Wanted.Name, _ => 1);
        sweep.Machine.Restore(sweep.StoredSpec, sweep.StoredOrder);
        var expected = sweep.StoredOrder switch
        {
            SweepOrderKind.Paused => SweepState.Paused,
            SweepOrderKind.Cancelled =>
            SweepState.Cancelled,
            _ => SweepState.Idle
        };
        Check(sweep.Machine.State == expected, $"after {sweep.StoredOrder} was ordered, a new coordinator says {sweep.Machine.State}");
        if (sweep.HasReminder)
        {
            Wake(sweep);
            Check(expected == SweepState.Idle || sweep.Machine.State == expected, "a reminder woke a sweep that its user stopped");
        }
    }

    private void AskProgress(Coordinator sweep)
    {
        var machine = sweep.Machine;
        if (machine.Spec is not { } spec)
        {
            return;
        }

        var stored = StoredOf(spec);
        var told = sweep.Told.Analyses == spec.Analyses.Count ? sweep.Told.Done : 0;
        var done = machine is { WasPlanned: true, Counts: { } counts } && (sweep.ToldByOwn || counts.Done >= told) ? counts.Done : stored;
        sweep.ToldByOwn = machine.WasPlanned && machine.Counts?.Done == done;
        Check(done >= told, $"progress of {spec.Name} fell from {told} to {done} while {machine.State}");
        Check(done <= stored, $"{spec.Name} says that {done} are done, but the store has {stored}");
        sweep.Told = (spec.Analyses.Count, Math.Max(done, told));
    }
}
