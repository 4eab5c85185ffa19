using PythiaOrleans.Cluster.Contracts;
using PythiaOrleans.Cluster.Scheduling;
using PythiaOrleans.Core.Ids;
using PythiaOrleans.Core.Sweeps;

namespace PythiaOrleans.Cluster.Workers;

/// <summary>The computation, as the cluster sees it: fetch, then load, analyse and commit. The cluster knows no tensors.</summary>
public interface IShardRunner
{
    /// <summary>Brings the task's files to this machine. Called while the slot still computes the task before.</summary>
    /// <remarks>Throws what went wrong; <see cref="Classify"/> says whose fault it is.</remarks>
    Task<IPreparedTask> PrepareAsync(TaskId task, SweepSpec sweep, IReadOnlyList<AnalysisId> analyses, CancellationToken cancellationToken);

    /// <summary>
    /// The checkpoints on this silo's own disk: its tasks should be those of these. A folder that silos share is no silo's own. Asked
    /// every few seconds.
    /// </summary>
    IReadOnlyCollection<CachedCheckpoint> CachedCheckpoints() => [];

    /// <summary>The analyses that this silo was asked for and cannot compute. Asked every few seconds.</summary>
    IReadOnlyCollection<AnalysisId> LackedAnalyses() => [];

    /// <summary>
    /// Grows with whatever hub or storage answer to the code that fetches a task. The task makes progress while it grows.
    /// </summary>
    /// <param name="task">A task that is being prepared; 0 for any other.</param>
    long FetchProgress(TaskId task) => 0;

    /// <summary>Whose fault an exception is.</summary>
    FailureKind Classify(Exception error);
}

/// <summary>A task whose files are on this machine.</summary>
public interface IPreparedTask : IAsyncDisposable
{
    /// <summary>Loads, computes and commits each analysis. Runs on the slot's device thread and blocks it.</summary>
    /// <param name="attempt">From 1, for the run records.</param>
    /// <param name="device">The slot's device, <c>cpu</c> or <c>cuda:0</c>.</param>
    /// <param name="cancellationToken">Checked between parameters.</param>
    TaskResult Run(int attempt, string device, CancellationToken cancellationToken);

    /// <summary>How many of its analyses have ended. A task that runs makes progress while it grows; read from another thread.</summary>
    int Ended => 0;

    /// <summary>What it will take of a device's memory at the most, by estimate.</summary>
    /// <param name="device">As in <see cref="Run"/>.</param>
    long DeviceBytes(string device) => 0;
}

/// <summary>What a task achieved. Analyses fail one by one: what was committed stays committed.</summary>
/// <param name="Committed">The results that exist now.</param>
/// <param name="Failures">The analyses that failed, each with its error.</param>
/// <param name="BytesRead">Bytes of weight files that were read.</param>
public sealed record TaskResult(IReadOnlyList<AnalysisId> Committed, IReadOnlyList<AnalysisFailure> Failures, long BytesRead);

/// <summary>One analysis that failed.</summary>
public sealed record AnalysisFailure(AnalysisId Analysis, FailureKind Kind, string Message);
