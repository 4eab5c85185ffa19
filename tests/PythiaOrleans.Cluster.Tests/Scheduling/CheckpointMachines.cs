using PythiaOrleans.Cluster.Contracts;
using PythiaOrleans.Cluster.Scheduling;
using PythiaOrleans.Core.Ids;
using PythiaOrleans.Core.Sweeps;

namespace PythiaOrleans.Cluster.Tests;

/// <summary>The owners of all checkpoints and a store, for tests of the dispatcher: every message arrives at once.</summary>
internal sealed class CheckpointMachines(DispatcherOptions options, Func<ShardCost?> cost)
{
    private readonly Dictionary<CheckpointId, CheckpointMachine> _owners = [];

    /// <summary>What the store holds.</summary>
    public HashSet<ResultKey> Stored { get; } = [];

    /// <summary>What owners wrote down of failures.</summary>
    public Dictionary<TaskId, ShardHistory> Histories { get; } = [];

    /// <summary>Workers that were told to ask again.</summary>
    public List<string> Freed { get; } = [];

    /// <summary>Brings the dispatcher's questions and reports to the owners, and their answers back, until none are left.</summary>
    /// <returns>The shards that ended.</returns>
    public IReadOnlyList<TaskOutcome> Answer(Dispatcher dispatcher, TimeSpan now)
    {
        var ended = new List<TaskOutcome>();
        while (dispatcher.TakeDecisions() is { } decisions)
        {
            foreach (var question in decisions.Questions)
            {
                dispatcher.Divide(question, OwnerOf(question.Task.Checkpoint).Divide(question, cost()));
            }

            Freed.AddRange(decisions.Freed);
            foreach (var report in decisions.Reports)
            {
                ended.AddRange(Judge(dispatcher, report, now));
            }
        }

        return ended;
    }

    /// <summary>A worker has computed all of a task.</summary>
    public IReadOnlyList<TaskOutcome> Succeed(Dispatcher dispatcher, TaskLease lease, long bytes, TimeSpan now)
    {
        Stored.UnionWith(lease.Analyses.Select(analysis => new ResultKey(lease.Task.Checkpoint, analysis)));
        return [.. Judge(dispatcher, Report(lease, null, null, [], bytes), now), .. Answer(dispatcher, now)];
    }

    /// <summary>A task has failed.</summary>
    public IReadOnlyList<TaskOutcome> Fail(
        Dispatcher dispatcher, string worker, TaskLease lease, FailureKind kind, string message, IReadOnlyList<AnalysisId> missing,
            TimeSpan now)
    {
        Stored.UnionWith(lease.Analyses.Except(missing).Select(analysis => new ResultKey(lease.Task.Checkpoint, analysis)));
        return dispatcher.TakeBack(worker, [lease.Fence], now).Count == 0
            ? []
            : [.. Judge(dispatcher, Report(lease, kind, message, missing, 0), now), .. Answer(dispatcher, now)];
    }

    private static TaskReport Report(TaskLease lease, FailureKind? kind, string? message, IReadOnlyList<AnalysisId> missing, long bytes) =>
        new(lease.Fence, lease.Task, kind, message, missing, bytes, new ShardTerms(lease.Sweep.Analyses, lease.Sweep.MaxAttempts),
            lease.Analyses);

    private CheckpointMachine OwnerOf(CheckpointId checkpoint) =>
        _owners.TryGetValue(checkpoint, out var owner) ? owner : _owners[checkpoint] = new CheckpointMachine(checkpoint, options);

    private TaskOutcome[] Judge(Dispatcher dispatcher, TaskReport report, TimeSpan now)
    {
        var owner = OwnerOf(report.Task.Checkpoint);
        var decision = owner.Report(report,
            [.. owner.ToLookUp(report).Where(analysis => !Stored.Contains(new ResultKey(report.Task.Checkpoint, analysis)))],
            DateTimeOffset.UnixEpoch + now);
        if (decision.History is { } history)
        {
            Histories[report.Task with { Part = 0 }] = history;
        }

        dispatcher.Settle(decision.Answer.Verdict, now);
        return decision.Answer.Outcome is { } outcome ? [outcome] : [];
    }
}
