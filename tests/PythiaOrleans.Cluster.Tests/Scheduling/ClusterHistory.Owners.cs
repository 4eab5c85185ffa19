using PythiaOrleans.Cluster.Contracts;
using PythiaOrleans.Cluster.Scheduling;
using PythiaOrleans.Core.Sweeps;

namespace PythiaOrleans.Cluster.Tests;

/// <content>What passes between workers, dispatcher and owners of checkpoints, as the grains do it.</content>
internal sealed partial class ClusterHistory
{
    private void SendDecisions()
    {
        if (_dispatcher.TakeDecisions() is not { } decisions)
        {
            return;
        }

        foreach (var question in decisions.Questions)
        {
            Send(() => AskOwner(question));
        }

        foreach (var report in decisions.Reports)
        {
            if (report.Failure == FailureKind.WorkerDied)
            {
                _deaths.Add((report.Task with { Part = 0 }, report.Fence)); // said again where no answer came
            }

            Send(() => Judge(report));
        }
    }

    private void TakeReport(string worker, TaskReport report)
    {
        if (report.Failure is not null && _dispatcher.TakeBack(worker, [report.Fence], _now).Count == 0)
        {
            return; // a late failure means nothing
        }

        Send(() => Judge(report));
    }

    private CheckpointMachine OwnerOf(TaskId task, bool isSuccess)
    {
        if (!_owners.TryGetValue(task.Checkpoint, out var owner))
        {
            _owners.Add(task.Checkpoint, owner = new CheckpointMachine(task.Checkpoint, _options));
        }

        if (owner.NeedsHistory(task, isSuccess))
        {
            owner.Restore(task.Sweep, _histories.GetValueOrDefault(task with { Part = 0 }));
        }

        return owner;
    }

    private void AskOwner(FanOutQuestion question)
    {
        var parts = OwnerOf(question.Task, isSuccess: false).Divide(question, Cost);
        Check(parts.SelectMany(part => part.Analyses).ToHashSet().SetEquals(question.Analyses),
            $"{question.Task}: dividing it lost something");
        Send(() => _dispatcher.Divide(question, parts));
    }

    private void Judge(TaskReport report)
    {
        var owner = OwnerOf(report.Task, report.Failure is null);
        var missing = owner.ToLookUp(report).Where(analysis => !IsStored(report.Task.Checkpoint, analysis)).ToArray();
        var decision = owner.Report(report, missing, DateTimeOffset.UnixEpoch + _now);
        if (owner.IsSettled)
        {
            _owners.Remove(report.Task.Checkpoint);
        }

        if (!_isCalm && _random.Next(12) == 0)
        {
            Send(() => Judge(report)); // the store refuses what is to be written: the report comes again
            return;
        }

        var shard = report.Task with { Part = 0 };
        if (decision.History is { } history)
        {
            _histories[shard] = history;
        }

        if (decision.Answer.Outcome is { } outcome)
        {
            CheckOutcome(outcome);
            _histories.Remove(shard);
            _failures.Remove(shard);
            if (outcome.Failure is { } failure)
            {
                _failures[shard] = failure;
            }
        }

        Send(() => Settle(decision.Answer));
    }

    private void Settle(OwnerAnswer answer)
    {
        _dispatcher.Settle(answer.Verdict, _now);
        SendDecisions();
        if (answer.Outcome is { } outcome)
        {
            Send(() => Record(_sweeps[outcome.Task.Sweep], outcome));
        }
    }
}
