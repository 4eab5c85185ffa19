using PythiaOrleans.Core.Ids;

namespace PythiaOrleans.Core.Sweeps;

/// <summary>The last error of a quarantined shard, as <c>sweeps/{sweep}/failures/…</c> holds it.</summary>
/// <param name="Checkpoint">The shard's checkpoint.</param>
/// <param name="Analyses">The analyses that are missing for it.</param>
/// <param name="Kind">Whose fault it is: see <see cref="FailureKind"/>.</param>
/// <param name="Message">File, place, expected, found, and what to do.</param>
/// <param name="Attempts">How often it was tried.</param>
/// <param name="At">When it was quarantined.</param>
public sealed record ShardFailure(
    CheckpointId Checkpoint, IReadOnlyList<AnalysisId> Analyses, FailureKind Kind, string Message, int Attempts, DateTimeOffset At);

/// <summary>Whose fault a failure is; each has its own policy.</summary>
public enum FailureKind
{
    /// <summary>Network, throttling, device out of memory: retried with back-off, charged to the shard.</summary>
    Transient,

    /// <summary>A corrupt file, a wrong shape, an unknown architecture: quarantined at once.</summary>
    Permanent,

    /// <summary>Store, hub or membership were away: retried without charging anybody.</summary>
    Infrastructure,

    /// <summary>The worker died under the task: after three deaths it is quarantined as a killer.</summary>
    WorkerDied,
}
