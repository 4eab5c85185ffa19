using PythiaOrleans.Core.Telemetry;

namespace PythiaOrleans.Checkpoints.Cache;

/// <summary>
/// A lock on a file that threads and processes share, the Python tools among them. The system releases it when its holder dies.
/// </summary>
internal sealed class CacheLock : IDisposable
{
    private const int WouldBlock = 11; // EAGAIN
    private const int SharingViolation = unchecked((int)0x80070020);
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(20);

    private readonly FileStream _file;

    private CacheLock(FileStream file) => _file = file;

    /// <summary>Takes the lock if it is free; null where it is not.</summary>
    /// <param name="path">The lock's file; made where there is none, never deleted: a lock on a deleted file would exclude no one.</param>
    /// <param name="shared">Whether others may hold it too, as long as they share.</param>
    public static CacheLock? TryAcquire(string path, bool shared)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        try
        {
            // .NET locks what it opens with flock(2): FileShare.None exclusively, everything else shared.
            return new CacheLock(
                new FileStream(
                    path,
                    FileMode.OpenOrCreate,
                    shared ? FileAccess.Read : FileAccess.ReadWrite,
                    shared ? FileShare.ReadWrite : FileShare.None,
                    bufferSize: 0));
        }
        catch (IOException error) when (error.GetType() == typeof(IOException) && error.HResult is WouldBlock or SharingViolation)
        {
            return null;
        }
    }

    /// <summary>Waits for the lock. flock(2) cannot wait and be cancelled, so this polls.</summary>
    public static async Task<CacheLock> AcquireAsync(string path, bool shared, CancellationToken cancellationToken)
    {
        var answers = FetchProgress.OfProcess;
        while (true)
        {
            if (TryAcquire(path, shared) is { } acquired)
            {
                return acquired;
            }

            // Its holder may be fetching for this task, too.
            if (FetchProgress.OfProcess is var now && now != answers)
            {
                answers = now;
                FetchProgress.OnProgress();
            }

            await Task.Delay(Interval, cancellationToken).ConfigureAwait(false);
        }
    }

    public void Dispose() => _file.Dispose();
}
