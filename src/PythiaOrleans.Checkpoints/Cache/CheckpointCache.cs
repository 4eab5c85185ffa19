using System.Globalization;
using PythiaOrleans.Core.Storage;
using PythiaOrleans.Core.Telemetry;

namespace PythiaOrleans.Checkpoints.Cache;

/// <summary>
/// Verified files on this machine's disk, shared by threads, processes and the hub's Python tools. Files in use stay; of the others the
/// least recently used is evicted first once the bound is reached. A process that is killed leaves nothing worse than a part that the next
/// one continues.
/// </summary>
/// <param name="root">The folder: <c>models--org--name/{blobs,refs,snapshots}</c> below it.</param>
/// <param name="maxBytes">The bound on what this software fetched; null for none.</param>
public sealed partial class CheckpointCache(string root, long? maxBytes = null)
{
    private readonly CachePaths _paths = new(Path.GetFullPath(root));

    /// <summary>The folder.</summary>
    public string Root => _paths.Root;

    /// <summary>The bound in bytes, null for none.</summary>
    public long? MaxBytes => maxBytes;

    internal CachePaths Paths => _paths;

    /// <summary>Makes sure that the file is here and keeps it until the result is disposed.</summary>
    /// <param name="repository">The repository's folder.</param>
    /// <param name="id">What names the bytes.</param>
    /// <param name="bytes">Their number.</param>
    /// <param name="download">Leaves the verified file under the path that it is given; called only where the file is missing, by one
    /// caller of all processes.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <exception cref="SourceUnavailableException">The bound leaves no room while other files are in use.</exception>
    /// <exception cref="AccessDeniedException">The bound is smaller than the file, or the cache's folder may not be written.</exception>
    internal async Task<IDisposable> FetchAsync(
        string repository,
        string id,
        long bytes,
        Func<string, CancellationToken, Task> download,
        CancellationToken cancellationToken)
    {
        try
        {
            return await FetchCheckedAsync(repository, id, bytes, download, cancellationToken).ConfigureAwait(false);
        }
        catch (UnauthorizedAccessException error)
        {
            throw new AccessDeniedException(
                $"{Root}: this user may not read and write the cache ({error.Message}) Change its permissions, or name another folder.",
                error);
        }
    }

    /// <summary>Refuses what can never be held whole, however many other files are evicted.</summary>
    /// <exception cref="AccessDeniedException">The bound is smaller.</exception>
    internal void CheckRoom(string what, long bytes)
    {
        if (bytes > maxBytes)
        {
            throw new AccessDeniedException(
                $"{Root}: the cache may hold {maxBytes:N0} bytes, and {what} needs {bytes:N0}. Raise {CacheSettings.BytesVariable}.");
        }
    }

    private async Task<IDisposable> FetchCheckedAsync(
        string repository,
        string id,
        long bytes,
        Func<string, CancellationToken, Task> download,
        CancellationToken cancellationToken)
    {
        var use = await UseAsync(repository, id, cancellationToken).ConfigureAwait(false);
        try
        {
            var found = IsIntact(repository, id, bytes, cancellationToken);
            TransferMetrics.OnCache(found, bytes);
            if (!found)
            {
                using var fetching = await CacheLock.AcquireAsync(_paths.FetchLock(repository, id), shared: false, cancellationToken)
                    .ConfigureAwait(false);
                if (!IsIntact(repository, id, bytes, cancellationToken))
                {
                    await FetchMissingAsync(repository, id, bytes, download, cancellationToken).ConfigureAwait(false);
                }
            }

            Touch(repository, id);
            return use;
        }
        catch
        {
            use.Dispose();
            throw;
        }
    }

    /// <summary>Keeps a file that is here from being evicted; null where it is not here.</summary>
    internal async Task<IDisposable?> AcquireAsync(string repository, string id, CancellationToken cancellationToken)
    {
        // A mark would make the file ours, and ours are evicted: what the Python tools fetched is not held and not touched.
        if (!File.Exists(_paths.Mark(repository, id)))
        {
            return File.Exists(_paths.Blob(repository, id)) ? NullLease.Instance : null;
        }

        var use = await UseAsync(repository, id, cancellationToken).ConfigureAwait(false);
        if (File.Exists(_paths.Blob(repository, id)))
        {
            Touch(repository, id);
            return use;
        }

        use.Dispose();
        return null;
    }

    private async Task<IDisposable> UseAsync(string repository, string id, CancellationToken cancellationToken) =>
        File.Exists(_paths.Blob(repository, id)) && !File.Exists(_paths.Mark(repository, id))
            ? NullLease.Instance
            : await CacheLock.AcquireAsync(_paths.Mark(repository, id), shared: true, cancellationToken).ConfigureAwait(false);

    private async Task FetchMissingAsync(
        string repository,
        string id,
        long bytes,
        Func<string, CancellationToken, Task> download,
        CancellationToken cancellationToken)
    {
        var partial = _paths.Partial(repository, id);
        Directory.CreateDirectory(_paths.Blobs(repository));
        await ReserveAsync(repository, id, bytes, cancellationToken).ConfigureAwait(false);
        await download(partial, cancellationToken).ConfigureAwait(false);
        if (!BlobDigest.IsDigest(id))
        {
            // An ETag says nothing of the bytes: without this line `verify` could not tell damage from health.
            var digest = BlobDigest.Compute(partial, "", cancellationToken);
            await File.WriteAllTextAsync(_paths.Mark(repository, id), digest, cancellationToken).ConfigureAwait(false);
        }

        // Under the lock of evictions: one that counted while the name changes could miss the file, and let in one too many.
        using (await CacheLock.AcquireAsync(_paths.Global, shared: false, cancellationToken).ConfigureAwait(false))
        {
            File.Move(partial, _paths.Blob(repository, id), overwrite: true);
            File.Delete(_paths.Reserved(repository, id));
        }

        NoteVerified(repository, id, PromisedDigest(repository, id)!);
        File.Delete(PartialFile.JournalOf(partial));
    }

    private bool IsWhole(string repository, string id, long bytes) =>
        new FileInfo(_paths.Blob(repository, id)) is { Exists: true } file && file.Length == bytes;

    private void Touch(string repository, string id)
    {
        if (File.Exists(_paths.Mark(repository, id)))
        {
            File.SetLastWriteTimeUtc(_paths.Mark(repository, id), DateTime.UtcNow);
        }
    }

    // The room is taken before the first byte comes, under one lock of all processes: two downloads that each fit may not fit together.
    private async Task ReserveAsync(string repository, string id, long bytes, CancellationToken cancellationToken)
    {
        if (maxBytes is not { } bound)
        {
            return;
        }

        using var only = await CacheLock.AcquireAsync(_paths.Global, shared: false, cancellationToken).ConfigureAwait(false);
        var already = Describe(repository, id, []).Bytes;
        var left = Evict(bound - (bytes - already));
        if (left > bound - (bytes - already))
        {
            CheckRoom(id, bytes);
            throw new SourceUnavailableException(
                $"{Root}: the cache may hold {bound:N0} bytes, {left:N0} of them are in use, and {id} needs {bytes:N0}. "
                + $"Raise {CacheSettings.BytesVariable} or run fewer tasks at a time.");
        }

        // Written down, not only taken: a download may begin by emptying the file, and would be counted as nothing.
        await File.WriteAllTextAsync(_paths.Reserved(repository, id), bytes.ToString(CultureInfo.InvariantCulture), cancellationToken)
            .ConfigureAwait(false);
    }

    private sealed class NullLease : IDisposable
    {
        public static readonly NullLease Instance = new();

        public void Dispose()
        {
            // Nothing is held.
        }
    }
}
