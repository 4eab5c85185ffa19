using PythiaOrleans.Core.Ids;
using PythiaOrleans.Core.Sweeps;

namespace PythiaOrleans.Cluster.Contracts;

/// <summary>Ready tasks and the leases handed out, one for the cluster; the key is <see cref="Key"/>. Workers pull from it.</summary>
[Alias("pythia.IDispatcherGrain")]
public interface IDispatcherGrain : IGrainWithIntegerKey
{
    /// <summary>The one key.</summary>
    const long Key = 0;

    /// <summary>What the dispatcher has of a sweep, for its coordinator to compare with its own books.</summary>
    [Alias("GetStatus")]
    Task<DispatcherStatus> GetStatusAsync(string sweep);

    /// <summary>Where a shard is, part by part where it was divided; null where it has ended, or was never asked for.</summary>
    [Alias("Find")]
    Task<TaskLocation?> FindAsync(TaskId task);

    /// <summary>The workers that ask for tasks, with what they hold.</summary>
    [Alias("GetWorkers")]
    Task<IReadOnlyList<WorkerStatus>> GetWorkersAsync();

    /// <summary>Makes the tasks ready. Those that it has already are left as they are.</summary>
    [Alias("Enqueue")]
    Task EnqueueAsync(SweepSpec sweep, IReadOnlyList<PendingTask> tasks);

    /// <summary>Hands out up to <paramref name="most"/> tasks; waits a while for the first one where there is none.</summary>
    [Alias("Lease")]
    Task<IReadOnlyList<TaskLease>> LeaseAsync(string worker, int most, CancellationToken cancellationToken);

    /// <summary>Renews all leases of a worker and says which of its tasks run.</summary>
    /// <returns>The fences of leases that the worker has lost: it should stop computing them.</returns>
    [Alias("Heartbeat")]
    Task<IReadOnlyList<long>> HeartbeatAsync(string worker, IReadOnlyList<long> held, IReadOnlyList<long> running);

    /// <summary>Takes what a worker tells of itself: its slots, and the checkpoints on its own disk.</summary>
    /// <returns>Whether it was taken. After false, and after an error, the worker has to send a whole announcement.</returns>
    [Alias("Announce")]
    Task<bool> AnnounceAsync(string worker, WorkerAnnouncement announcement);

    /// <summary>
    /// As <see cref="LeaseAsync"/>, with fences above the last one that the worker has seen: a dispatcher whose clock is behind must
    /// not give one out twice.
    /// </summary>
    [Alias("LeaseAfter")]
    Task<IReadOnlyList<TaskLease>> LeaseAfterAsync(string worker, int most, long lastFence, CancellationToken cancellationToken);

    /// <summary>Takes failed tasks from their worker and keeps them for the answer of their checkpoints' owners.</summary>
    /// <returns>Those of <paramref name="fences"/> that the worker held: a failure of another lease comes late and means nothing.</returns>
    [Alias("TakeBack")]
    Task<IReadOnlyList<long>> TakeBackAsync(string worker, IReadOnlyList<long> fences);

    /// <summary>Takes what owners of checkpoints decided.</summary>
    /// <returns>The number of leases of each sweep that is named in the verdicts.</returns>
    [Alias("Settle")]
    Task<IReadOnlyDictionary<string, int>> SettleAsync(IReadOnlyList<ShardVerdict> verdicts);

    /// <summary>
    /// Says what became of tasks. Workers of earlier versions report here; the reports go to the owners of their checkpoints.
    /// </summary>
    [Alias("Report")]
    Task ReportAsync(string worker, IReadOnlyList<TaskReport> reports);

    /// <summary>Gives tasks back that were not started; no attempt is counted.</summary>
    [Alias("HandBack")]
    Task HandBackAsync(string worker, IReadOnlyList<long> fences);

    /// <summary>A worker ends in order: it has reported what it ran, and holds nothing any more.</summary>
    [Alias("Leave")]
    Task LeaveAsync(string worker);

    /// <summary>Hands out no more tasks of the sweep, or hands them out again.</summary>
    [Alias("SetPaused")]
    Task SetPausedAsync(string sweep, bool paused);

    /// <summary>Which store the cluster writes to, and whether it holds a blob.</summary>
    [Alias("CheckStore")]
    Task<StoreCheck> CheckStoreAsync(string blob);

    /// <summary>Drops the sweep's tasks.</summary>
    [Alias("Cancel")]
    Task CancelAsync(string sweep);
}

/// <summary>Where a task is on its way through the cluster.</summary>
/// <param name="Worker">Who holds it; null where it waits for a worker.</param>
/// <param name="IsRunning">Whether its holder computes it, as far as it has said.</param>
/// <param name="Attempts">How often it failed by its own fault.</param>
/// <param name="Delays">How often store or hub were away under it.</param>
/// <param name="Deaths">How often its worker died while computing it.</param>
/// <param name="Ahead">Tasks that are ready and more urgent or larger.</param>
/// <param name="Analyses">What it computes, where the shard was divided; null where it is the whole.</param>
/// <param name="Others">The shard's other parts that have not ended.</param>
[GenerateSerializer, Immutable, Alias("pythia.task-whereabouts")]
public sealed record TaskLocation(
    [property: Id(0)] string? Worker,
    [property: Id(1)] bool IsRunning,
    [property: Id(2)] int Attempts,
    [property: Id(3)] int Delays,
    [property: Id(4)] int Deaths,
    [property: Id(5)] int Ahead,
    [property: Id(6)] IReadOnlyList<AnalysisId>? Analyses = null,
    [property: Id(7)] IReadOnlyList<TaskLocation>? Others = null)
{
    /// <summary>
    /// Where the part is that computes an analysis; null where that part has ended, and the shard waits for its other parts.
    /// </summary>
    public TaskLocation? Of(AnalysisId analysis) =>
        Analyses is null || Analyses.Contains(analysis) ? this : Others?.FirstOrDefault(part => part.Analyses?.Contains(analysis) ?? false);
}

/// <summary>What a worker holds.</summary>
/// <param name="Worker">Its silo.</param>
/// <param name="SilentFor">Since it was last heard of.</param>
/// <param name="Running">Tasks that it computes.</param>
/// <param name="Waiting">Tasks that it fetches meanwhile.</param>
/// <param name="Slots">Tasks that it computes at the same time; 0 until it has said so.</param>
/// <param name="Cached">Checkpoints that it has announced to be on its own disk.</param>
[GenerateSerializer, Immutable, Alias("pythia.worker-status")]
public sealed record WorkerStatus(
    [property: Id(0)] string Worker,
    [property: Id(1)] TimeSpan SilentFor,
    [property: Id(2)] IReadOnlyList<TaskId> Running,
    [property: Id(3)] int Waiting,
    [property: Id(4)] int Slots = 0,
    [property: Id(5)] int Cached = 0);

/// <summary>What the dispatcher has of one sweep.</summary>
/// <param name="Epoch">Changes when the dispatcher lost its state (its silo died): coordinators then enqueue again what they miss.</param>
/// <param name="Open">Tasks of which the coordinator has not been told that they ended.</param>
/// <param name="Leased">Those of them that workers hold.</param>
/// <param name="IsPaused">Whether it hands none of them out.</param>
[GenerateSerializer, Immutable, Alias("pythia.dispatcher-status")]
public sealed record DispatcherStatus(
    [property: Id(0)] Guid Epoch, [property: Id(1)] int Open, [property: Id(2)] int Leased, [property: Id(3)] bool IsPaused = false);
