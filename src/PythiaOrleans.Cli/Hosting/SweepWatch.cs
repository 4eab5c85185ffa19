using PythiaOrleans.Cluster.Contracts;

namespace PythiaOrleans.Cli.Hosting;

/// <summary>Tells when a client that follows a sweep can stop waiting: the sweep has ended, or no silo runs it any more.</summary>
/// <remarks>
/// A coordinator that wakes on another silo knows by its reminder whether the sweep runs, and by the stored order whether it was paused or
/// cancelled. With neither, the sweep began too shortly before its silo died: then it says that it is idle, and stays so unless a worker
/// tells it of a task.
/// </remarks>
internal sealed class SweepWatch(TimeProvider time)
{
    private static readonly TimeSpan MaxIdle = TimeSpan.FromSeconds(30);

    private long? _idleSince;

    /// <summary>Whether nothing more is to be expected after this.</summary>
    public bool IsOver(SweepProgress progress)
    {
        _idleSince = progress.State == SweepState.Idle ? _idleSince ?? time.GetTimestamp() : null;
        return progress.HasEnded || (_idleSince is { } since && time.GetElapsedTime(since) >= MaxIdle);
    }
}
