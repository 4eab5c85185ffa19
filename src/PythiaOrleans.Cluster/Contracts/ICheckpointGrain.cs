using PythiaOrleans.Core.Ids;
using PythiaOrleans.Core.Sweeps;

namespace PythiaOrleans.Cluster.Contracts;

/// <summary>Owns one (model, checkpoint) pair; the key is <see cref="CheckpointId.ToString"/>. The only one that declares a result committed.</summary>
[Alias("pythia.ICheckpointGrain")]
public interface ICheckpointGrain : IGrainWithStringKey
{
    /// <summary>Takes the end of a task: looks the results up in the store, and records or clears the shard's failure there.</summary>
    /// <returns>How the task ended in truth: a commit whose results are not in the store is none.</returns>
    [Alias("Settle")]
    Task<TaskOutcome> SettleAsync(TaskOutcome ended, SweepSpec sweep);
}
