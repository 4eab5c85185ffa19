using Microsoft.Extensions.Options;
using Orleans.Placement;
using PythiaOrleans.Cluster.Contracts;
using PythiaOrleans.Cluster.Placement;
using PythiaOrleans.Cluster.Scheduling;
using PythiaOrleans.Cluster.Workers;
using PythiaOrleans.Core.Ids;
using PythiaOrleans.Core.Sweeps;

namespace PythiaOrleans.Cluster.Grains;

/// <summary>
/// Hosts the <see cref="CheckpointMachine"/> of one pair: looks up in the store what a report claims, and writes down why a shard
/// failed before the answer is given.
/// </summary>
/// <remarks>
/// Not reentrant: one report is judged at a time. It lives where the first report arrived, and leaves when no shard of the pair is
/// open.
/// </remarks>
[ControlSilosFirst]
[PreferLocalPlacement]
internal sealed class CheckpointGrain(ResultStore store, IOptions<DispatcherOptions> options, IShardCosts costs, TimeProvider time)
    : Grain, ICheckpointGrain
{
    private CheckpointId _checkpoint;
    private CheckpointMachine _machine = null!;

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        _checkpoint = CheckpointId.Parse(this.GetPrimaryKeyString());
        _machine = new CheckpointMachine(_checkpoint, options.Value);
        return Task.CompletedTask;
    }

    public async Task<OwnerAnswer> ReportAsync(TaskReport report)
    {
        await RestoreAsync(report.Task, isSuccess: report.Failure is null);
        var missing = await store.MissingAsync(_checkpoint, _machine.ToLookUp(report), CancellationToken.None);
        var decision = _machine.Report(report, missing, time.GetUtcNow());
        var answer = await WriteAsync(report.Task.Sweep, decision);
        DeactivateIfSettled();
        return answer;
    }

    public async Task<IReadOnlyList<ShardPart>> DivideAsync(FanOutQuestion question)
    {
        await RestoreAsync(question.Task, isSuccess: false);
        return _machine.Divide(question, costs.Find(question.Sweep, _checkpoint.Model));
    }

    private async Task RestoreAsync(TaskId task, bool isSuccess)
    {
        if (_machine.NeedsHistory(task, isSuccess))
        {
            _machine.Restore(task.Sweep, await store.ReadHistoryAsync(task.Sweep, _checkpoint, CancellationToken.None));
        }
    }

    private async Task<OwnerAnswer> WriteAsync(string sweep, CheckpointDecision decision)
    {
        if (decision.History is { } history)
        {
            await store.WriteHistoryAsync(sweep, history, CancellationToken.None);
        }

        if (decision.Answer.Outcome is not { } outcome)
        {
            return decision.Answer;
        }

        if (outcome.Failure is { } failure)
        {
            outcome = outcome with { Failure = failure with { At = time.GetUtcNow() } };
            await store.WriteFailureAsync(sweep, outcome.Failure, CancellationToken.None);
        }
        else
        {
            await store.ClearFailureAsync(sweep, _checkpoint, CancellationToken.None);
        }

        if (decision.HasHistory)
        {
            await store.ClearHistoryAsync(sweep, _checkpoint, CancellationToken.None);
        }

        return decision.Answer with { Outcome = outcome };
    }

    private void DeactivateIfSettled()
    {
        if (_machine.IsSettled)
        {
            this.DeactivateOnIdle(); // or a million checkpoints stay in memory until the collector comes for them
        }
    }
}
