using PythiaOrleans.Cluster.Contracts;
using PythiaOrleans.Cluster.Placement;
using PythiaOrleans.Core.Ids;
using PythiaOrleans.Core.Sweeps;

namespace PythiaOrleans.Cluster.Grains;

/// <summary>Decides whether one checkpoint is done, and writes down why it is not. The store is the truth: an activation holds nothing and lives for one decision.</summary>
[ControlSilosFirst]
internal sealed class CheckpointGrain(ResultStore store, TimeProvider time) : Grain, ICheckpointGrain
{
    private CheckpointId Checkpoint => CheckpointId.Parse(this.GetPrimaryKeyString());

    public async Task<TaskOutcome> SettleAsync(TaskOutcome ended, SweepSpec sweep)
    {
        var settled = ended.End == OutcomeKind.Committed ? await ConfirmAsync(ended, sweep) : ended;
        if (settled.Failure is { } failure)
        {
            settled = settled with { Failure = failure with { At = time.GetUtcNow() } };
            await store.WriteFailureAsync(sweep.Name, settled.Failure, CancellationToken.None);
        }
        else if (settled.End == OutcomeKind.Committed)
        {
            await store.ClearFailureAsync(sweep.Name, Checkpoint, CancellationToken.None);
        }

        this.DeactivateOnIdle(); // or a million checkpoints stay in memory until the collector comes for them
        return settled;
    }

    // A worker's word is not enough: what is done is what the store says.
    private async Task<TaskOutcome> ConfirmAsync(TaskOutcome ended, SweepSpec sweep)
    {
        var missing = await store.MissingAsync(Checkpoint, sweep.Analyses, CancellationToken.None);
        return missing.Length == 0 ? ended : ended with { End = OutcomeKind.Incomplete, Missing = missing };
    }
}
