using PythiaOrleans.Core.Ids;

namespace PythiaOrleans.Cluster.Contracts;

/// <summary>
/// Owns one (model, checkpoint) pair, whatever sweeps want it; the key is <see cref="CheckpointId.ToString"/>. The only one that
/// declares a result committed.
/// </summary>
/// <remarks>It is active from the first report or fan-out question about the pair until no shard of it is open.</remarks>
[Alias("pythia.ICheckpointGrain")]
public interface ICheckpointGrain : IGrainWithStringKey
{
    /// <summary>Takes what became of a task: looks the results up in the store, counts failures, retries or gives up.</summary>
    /// <remarks>The same report may come twice; it counts once.</remarks>
    [Alias("Report")]
    Task<OwnerAnswer> ReportAsync(TaskReport report);

    /// <summary>Divides a shard's analyses among idle devices.</summary>
    /// <returns>The parts, the longest first; one part where dividing does not pay, or where the shard has failed before.</returns>
    [Alias("Divide")]
    Task<IReadOnlyList<ShardPart>> DivideAsync(FanOutQuestion question);
}
