using System.Runtime.CompilerServices;
using Azure;
using Azure.Storage;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using PythiaOrleans.Core.Ids;
using PythiaOrleans.Core.Telemetry;

namespace PythiaOrleans.Core.Storage;

/// <summary>Blobs in a container of Azure Blob Storage, under a prefix.</summary>
/// <remarks>
/// Create-if-absent is a put with If-None-Match: *. A put whose reply was lost is sent again by the client and then finds its own blob: it
/// answers false, and
/// the caller finds its own bytes there.
/// </remarks>
/// <param name="container">The container; made when the first blob is written and there is none.</param>
/// <param name="prefix">What stands before every name, without a slash at its end; may be empty.</param>
/// <param name="role">Which exceptions say that the container cannot be reached.</param>
public sealed class AzureBlobStore(BlobContainerClient container, string prefix, BlobRole role = BlobRole.Store) : IBlobStore
{
    private const int MaxConcurrentRanges = 8;
    private const int RangeBytes = 8 << 20;

    private readonly string _start = prefix.Length == 0 ? "" : $"{prefix.TrimEnd('/')}/";

    /// <inheritdoc />
    public string Name => $"az://{container.Name}/{prefix}".TrimEnd('/');

    /// <summary>
    /// Whether there is such a container; a listing of one that does not exist looks like that of an empty one. It is made when the first
    /// blob is written.
    /// </summary>
    internal Task<bool> ContainerExistsAsync(CancellationToken cancellationToken) =>
        RequestAsync(cancellationToken, async () => (await container.ExistsAsync(cancellationToken).ConfigureAwait(false)).Value);

    /// <inheritdoc />
    public Task<bool> TryCreateAsync(string name, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        var blob = Blob(name);
        return RequestAsync(cancellationToken, async () =>
        {
            try
            {
                await PutAsync(
                    blob, content, new BlobRequestConditions { IfNoneMatch = ETag.All }, cancellationToken).ConfigureAwait(false);
                return true;
            }
            catch (RequestFailedException failed) when (IsTaken(failed))
            {
                return false;
            }
        });
    }

    /// <inheritdoc />
    public Task WriteAsync(string name, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        var blob = Blob(name);
        return RequestAsync(cancellationToken, () => PutAsync(blob, content, null, cancellationToken));
    }

    /// <inheritdoc />
    public Task<BlobVersion?> GetVersionAsync(string name, CancellationToken cancellationToken)
    {
        var blob = Blob(name);
        return RequestAsync<BlobVersion?>(cancellationToken, async () =>
        {
            try
            {
                var found = (await blob.GetPropertiesAsync(cancellationToken: cancellationToken).ConfigureAwait(false)).Value;
                return new BlobVersion(found.ContentLength, found.ETag.ToString());
            }
            catch (RequestFailedException failed) when (IsAbsent(failed))
            {
                return null;
            }
        });
    }

    /// <inheritdoc />
    public Task<bool> TryReplaceAsync(string name, BlobVersion version, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(version);
        var blob = Blob(name);
        return RequestAsync(cancellationToken, async () =>
        {
            try
            {
                return await PutAsync(blob, content, new BlobRequestConditions { IfMatch = new ETag(version.Tag) }, cancellationToken)
                    .ConfigureAwait(false);
            }
            catch (RequestFailedException failed) when (IsTaken(failed) || IsAbsent(failed))
            {
                return false;
            }
        });
    }

    /// <inheritdoc />
    public Task<byte[]?> ReadAsync(string name, CancellationToken cancellationToken) =>
        ReadAsync(Blob(name), new BlobDownloadOptions(), cancellationToken);

    /// <inheritdoc />
    public async Task<byte[]?> ReadRangeAsync(string name, long offset, int count, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        if (count == 0)
        {
            return await ExistsAsync(name, cancellationToken).ConfigureAwait(false) ? [] : null;
        }

        return await ReadAsync(
            Blob(name), new BlobDownloadOptions { Range = new HttpRange(offset, count) }, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc />
    public Task<bool> ExistsAsync(string name, CancellationToken cancellationToken)
    {
        var blob = Blob(name);
        return RequestAsync(cancellationToken, async () => (await blob.ExistsAsync(cancellationToken).ConfigureAwait(false)).Value);
    }

    /// <inheritdoc />
    public async IAsyncEnumerable<string> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var blob in await ListWithSizesAsync(prefix, cancellationToken).ConfigureAwait(false))
        {
            yield return blob.Name;
        }
    }

    /// <inheritdoc />
    public Task DeleteAsync(string name, CancellationToken cancellationToken)
    {
        var blob = Blob(name);
        return RequestAsync(
            cancellationToken, async () => (
                await blob.DeleteIfExistsAsync(cancellationToken: cancellationToken).ConfigureAwait(false)).Value);
    }

    /// <summary>Names with their lengths and versions, in ordinal order.</summary>
    internal Task<IReadOnlyList<ListedBlob>> ListWithSizesAsync(string prefix, CancellationToken cancellationToken) =>
        RequestAsync<IReadOnlyList<ListedBlob>>(cancellationToken, async () =>
        {
            var found = new List<ListedBlob>();
            try
            {
                var options = new GetBlobsOptions { Prefix = _start + prefix };
                await foreach (var blob in container.GetBlobsAsync(options, cancellationToken).ConfigureAwait(false))
                {
                    found.Add(
                        new ListedBlob(
                            blob.Name[_start.Length..], blob.Properties.ContentLength ?? 0, $"{blob.Properties.ETag}".Trim('"')));
                }
            }
            catch (RequestFailedException failed) when (failed.ErrorCode == BlobErrorCode.ContainerNotFound)
            {
                return [];
            }

            return [.. found.OrderBy(blob => blob.Name, StringComparer.Ordinal)];
        });

    /// <summary>Brings a blob to a file, several ranges at once.</summary>
    /// <exception cref="FileNotFoundException">There is no such blob.</exception>
    internal async Task DownloadAsync(string name, string path, CancellationToken cancellationToken)
    {
        var blob = Blob(name);
        var transfer = new StorageTransferOptions
        {
            MaximumConcurrency = MaxConcurrentRanges,
            MaximumTransferSize = RangeBytes,
            InitialTransferSize = RangeBytes,
        };
        await RequestAsync(cancellationToken, async () =>
        {
            try
            {
                return await blob.DownloadToAsync(
                    path, new BlobDownloadToOptions { TransferOptions = transfer }, cancellationToken).ConfigureAwait(false);
            }
            catch (RequestFailedException failed) when (IsAbsent(failed))
            {
                throw new FileNotFoundException(
                    $"{Name}/{name}: expected a blob, found none. It was there when the sweep was planned: was it deleted?", failed);
            }
        }).ConfigureAwait(false);
        TransferMetrics.OnBlob(new FileInfo(path).Length);
    }

    /// <summary>Brings a file to a blob, if there is none of that name yet.</summary>
    internal Task UploadAsync(string name, string path, CancellationToken cancellationToken)
    {
        var blob = Blob(name);
        return RequestAsync(cancellationToken, async () =>
        {
            await container.CreateIfNotExistsAsync(cancellationToken: cancellationToken).ConfigureAwait(false);
            try
            {
                var options = new BlobUploadOptions { Conditions = new BlobRequestConditions { IfNoneMatch = ETag.All } };
                await blob.UploadAsync(path, options, cancellationToken).ConfigureAwait(false);
                TransferMetrics.OnWritten(new FileInfo(path).Length);
                return true;
            }
            catch (RequestFailedException failed) when (IsTaken(failed))
            {
                return false; // another machine brought it
            }
        });
    }

    private static bool IsAbsent(RequestFailedException failed) =>
        failed.ErrorCode == BlobErrorCode.BlobNotFound || failed.ErrorCode == BlobErrorCode.ContainerNotFound || failed.Status == 404;

    private static bool IsTaken(RequestFailedException failed) =>
        failed.ErrorCode == BlobErrorCode.BlobAlreadyExists || failed.ErrorCode == BlobErrorCode.ConditionNotMet;

    private Task<byte[]?> ReadAsync(BlobClient blob, BlobDownloadOptions options, CancellationToken cancellationToken) =>
        RequestAsync<byte[]?>(cancellationToken, async () =>
        {
            try
            {
                var answer = await blob.DownloadContentAsync(options, cancellationToken).ConfigureAwait(false);
                TransferMetrics.OnBlob(answer.Value.Content.ToMemory().Length);
                return answer.Value.Content.ToArray();
            }
            catch (RequestFailedException failed) when (failed.ErrorCode == BlobErrorCode.InvalidRange)
            {
                return []; // beyond the end
            }
            catch (RequestFailedException failed) when (IsAbsent(failed))
            {
                return null;
            }
        });

    private async Task<bool> PutAsync(
        BlobClient blob, ReadOnlyMemory<byte> content, BlobRequestConditions? conditions, CancellationToken cancellationToken)
    {
        var options = new BlobUploadOptions { Conditions = conditions };
        try
        {
            await blob.UploadAsync(BinaryData.FromBytes(content), options, cancellationToken).ConfigureAwait(false);
        }
        catch (RequestFailedException failed) when (failed.ErrorCode == BlobErrorCode.ContainerNotFound)
        {
            await container.CreateIfNotExistsAsync(cancellationToken: cancellationToken).ConfigureAwait(false);
            await blob.UploadAsync(BinaryData.FromBytes(content), options, cancellationToken).ConfigureAwait(false);
        }

        TransferMetrics.OnWritten(content.Length);
        return true;
    }

    private Task<T> RequestAsync<T>(CancellationToken cancellationToken, Func<Task<T>> request) =>
        StorageFailure.AzureAsync(Name, role, cancellationToken, request);

    private BlobClient Blob(string name) => container.GetBlobClient(_start + Identifier.ValidateBlob(name));
}

/// <summary>A blob as a listing shows it.</summary>
/// <param name="Name">Below the store's prefix.</param>
/// <param name="Bytes">Its length.</param>
/// <param name="Tag">Its ETag: another one for every write.</param>
internal readonly record struct ListedBlob(string Name, long Bytes, string Tag);
