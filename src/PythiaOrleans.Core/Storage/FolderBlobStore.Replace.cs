using System.Globalization;

namespace PythiaOrleans.Core.Storage;

/// <content>Conditional replacement: a file's length and time are its version, and one lock file for each store keeps the check and the
/// rename together.</content>
public sealed partial class FolderBlobStore
{
    // Named as a draft, so that no listing shows it.
    private const string ReplaceLock = ".replace" + Draft;

    private static readonly TimeSpan LockRetryDelay = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan LockTimeout = TimeSpan.FromSeconds(30);

    /// <inheritdoc />
    public Task<BlobVersion?> GetVersionAsync(string name, CancellationToken cancellationToken)
    {
        var file = new FileInfo(PathOf(name));
        return StorageFailure.FolderAsync(root, () => Task.FromResult(VersionOf(file)));
    }

    /// <inheritdoc />
    public Task<bool> TryReplaceAsync(string name, BlobVersion version, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(version);
        var path = PathOf(name);
        return StorageFailure.FolderAsync(root, async () =>
        {
            var draft = await WriteDraftAsync(path, content, durable, cancellationToken).ConfigureAwait(false);
            try
            {
                await using var locked = await LockAsync(cancellationToken).ConfigureAwait(false);
                var file = new FileInfo(path);
                if (VersionOf(file) != version)
                {
                    return false;
                }

                // The clock of a file system ticks every few milliseconds: two writes within one tick would have the same version.
                File.SetLastWriteTimeUtc(
                    draft, new DateTime(Math.Max(DateTime.UtcNow.Ticks, file.LastWriteTimeUtc.Ticks + 1), DateTimeKind.Utc));
                File.Move(draft, path, overwrite: true);
                return true;
            }
            finally
            {
                File.Delete(draft);
            }
        });
    }

    private static BlobVersion? VersionOf(FileInfo file) => file.Exists
        ? new BlobVersion(file.Length, file.LastWriteTimeUtc.Ticks.ToString(CultureInfo.InvariantCulture))
        : null;

    // An open file that nobody else may open: other processes wait too, and a process that dies lets go of it.
    private async Task<FileStream> LockAsync(CancellationToken cancellationToken)
    {
        var path = Path.Combine(root, ReplaceLock);
        var until = DateTime.UtcNow + LockTimeout;
        while (true)
        {
            try
            {
                return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException) when (File.Exists(path) && DateTime.UtcNow < until)
            {
                await Task.Delay(LockRetryDelay, cancellationToken).ConfigureAwait(false);
            }
        }
    }
}
