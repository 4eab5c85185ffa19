using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using PythiaOrleans.Core.Ids;

namespace PythiaOrleans.Core.Storage;

/// <summary>Blobs as files of a folder, shared safely by threads and processes.</summary>
/// <param name="root">The folder; made when the first blob is written.</param>
/// <param name="durable">Whether a blob is on the disk, not only in the page cache, before its name appears. Costs one flush for each blob;
/// without it
/// a power failure (not a killed process) can leave an empty file under a published name.</param>
public sealed partial class FolderBlobStore(string root, bool durable = false) : IBlobStore
{
    private const string Draft = ".draft";
    private const int AlreadyExists = 17; // EEXIST

    /// <inheritdoc />
    public string Name => root;

    /// <inheritdoc />
    public Task<bool> TryCreateAsync(string name, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        var path = PathOf(name);
        return StorageFailure.FolderAsync(root, async () =>
        {
            if (File.Exists(path))
            {
                return false;
            }

            var draft = await WriteDraftAsync(path, content, durable, cancellationToken).ConfigureAwait(false);
            try
            {
                return Publish(draft, path);
            }
            finally
            {
                File.Delete(draft);
            }
        });
    }

    /// <inheritdoc />
    public Task WriteAsync(string name, ReadOnlyMemory<byte> content, CancellationToken cancellationToken) =>
        WriteAsync(PathOf(name), content, durable, cancellationToken);

    /// <inheritdoc />
    public Task WriteBestEffortAsync(string name, ReadOnlyMemory<byte> content, CancellationToken cancellationToken) =>
        WriteAsync(PathOf(name), content, flush: false, cancellationToken);

    /// <inheritdoc />
    public Task<byte[]?> ReadAsync(string name, CancellationToken cancellationToken)
    {
        var path = PathOf(name);
        return ReadAsync(() => File.ReadAllBytesAsync(path, cancellationToken));
    }

    /// <inheritdoc />
    public Task<byte[]?> ReadRangeAsync(string name, long offset, int count, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        var path = PathOf(name);
        return ReadAsync(async () =>
        {
            using var file = File.OpenHandle(path);
            var bytes = new byte[(int)Math.Clamp(RandomAccess.GetLength(file) - offset, 0, count)];
            var read = await RandomAccess.ReadAsync(file, bytes, offset, cancellationToken).ConfigureAwait(false);
            return bytes[..read];
        });
    }

    /// <inheritdoc />
    public Task<bool> ExistsAsync(string name, CancellationToken cancellationToken) => Task.FromResult(File.Exists(PathOf(name)));

    /// <inheritdoc />
    public async IAsyncEnumerable<string> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(prefix);
        var slash = prefix.LastIndexOf('/');
        var folder = slash < 0 ? root : PathOf(prefix[..slash]);
        var names = await StorageFailure.FolderAsync(root, () => Task.FromResult(Names(folder, prefix))).ConfigureAwait(false);
        foreach (var name in names)
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return name;
        }
    }

    /// <inheritdoc />
    public Task DeleteAsync(string name, CancellationToken cancellationToken)
    {
        var path = PathOf(name);
        return StorageFailure.FolderAsync(root, () =>
        {
            try
            {
                File.Delete(path);
            }
            catch (DirectoryNotFoundException)
            {
                // Nothing was ever written beside it.
            }

            return Task.FromResult(true);
        });
    }

    private string[] Names(string folder, string prefix) => !Directory.Exists(folder)
        ? []
        :
        [
            .. Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)
                .Select(file => Path.GetRelativePath(root, file).Replace(Path.DirectorySeparatorChar, '/'))
                .Where(name => name.StartsWith(prefix, StringComparison.Ordinal) && !name.EndsWith(Draft, StringComparison.Ordinal))
                .Order(StringComparer.Ordinal),
        ];

    private Task<byte[]?> ReadAsync(Func<Task<byte[]>> read) => StorageFailure.FolderAsync<byte[]?>(root, async () =>
    {
        try
        {
            return await read().ConfigureAwait(false);
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    });

    // link(2) fails if the name exists, also when another process made it: the one atomic create-if-absent that all local file systems
    // share.
    private static bool Publish(string draft, string path)
    {
        if (OperatingSystem.IsWindows())
        {
            return PublishByMove(draft, path);
        }

        if (Link(draft, path) == 0)
        {
            return true;
        }

        var error = Marshal.GetLastPInvokeError();
        return error == AlreadyExists ? false : PublishByMove(draft, path);
    }

    // Where the file system has no links: a move that refuses to overwrite.
    private static bool PublishByMove(string draft, string path)
    {
        try
        {
            File.Move(draft, path, overwrite: false);
            return true;
        }
        catch (IOException) when (File.Exists(path))
        {
            return false;
        }
    }

    [LibraryImport("libc", EntryPoint = "link", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Link(string oldPath, string newPath);

    private Task WriteAsync(string path, ReadOnlyMemory<byte> content, bool flush, CancellationToken cancellationToken) =>
        StorageFailure.FolderAsync(root, async () =>
        {
            File.Move(await WriteDraftAsync(path, content, flush, cancellationToken).ConfigureAwait(false), path, overwrite: true);
            return true;
        });

    private static async Task<string> WriteDraftAsync(
        string path, ReadOnlyMemory<byte> content, bool flush, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        var draft = $"{path}.{Guid.NewGuid():N}{Draft}";
        try
        {
            using var file = File.OpenHandle(draft, FileMode.CreateNew, FileAccess.Write);
            await RandomAccess.WriteAsync(file, content, 0, cancellationToken).ConfigureAwait(false);
            if (flush)
            {
                RandomAccess.FlushToDisk(file);
            }

            return draft;
        }
        catch
        {
            File.Delete(draft);
            throw;
        }
    }

    private string PathOf(string name) => Path.Combine([root, .. Identifier.ValidateBlob(name).Split('/')]);
}
