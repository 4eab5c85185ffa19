using System.Runtime.CompilerServices;
using Azure;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using PythiaOrleans.Core.Ids;
using PythiaOrleans.Core.Telemetry;

namespace PythiaOrleans.Core.Storage;

/// <summary>Blobs in a container of Azure Blob Storage, under a prefix.</summary>
/// <remarks>
/// Create-if-absent is a put with If-None-Match: *. A put whose reply was lost is sent again by the client and then finds its own blob: it answers false, and
/// the caller finds its own bytes there.
/// </remarks>
/// <param name="container">The container; made when the first blob is written and there is none.</param>
/// <param name="prefix">What stands before every name, without a slash at its end; may be empty.</param>
public sealed class AzureBlobStore(BlobContainerClient container, string prefix) : IBlobStore
{
    private readonly string _start = prefix.Length == 0 ? "" : $"{prefix.TrimEnd('/')}/";

    /// <inheritdoc />
    public string Name => $"az://{container.Name}/{prefix}".TrimEnd('/');

    /// <inheritdoc />
    public async Task<bool> TryCreateAsync(string name, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        try
        {
            await PutAsync(name, content, new BlobRequestConditions { IfNoneMatch = ETag.All }, cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (RequestFailedException failed) when (failed.ErrorCode == BlobErrorCode.BlobAlreadyExists || failed.ErrorCode == BlobErrorCode.ConditionNotMet)
        {
            return false;
        }
    }

    /// <inheritdoc />
    public Task WriteAsync(string name, ReadOnlyMemory<byte> content, CancellationToken cancellationToken) => PutAsync(name, content, null, cancellationToken);

    /// <inheritdoc />
    public async Task<byte[]?> ReadAsync(string name, CancellationToken cancellationToken)
    {
        try
        {
            var answer = await Blob(name).DownloadContentAsync(cancellationToken).ConfigureAwait(false);
            TransferMetrics.OnBlob(answer.Value.Content.ToMemory().Length);
            return answer.Value.Content.ToArray();
        }
        catch (RequestFailedException failed) when (IsAbsent(failed))
        {
            return null;
        }
    }

    /// <inheritdoc />
    public async Task<byte[]?> ReadRangeAsync(string name, long offset, int count, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        if (count == 0)
        {
            return await ExistsAsync(name, cancellationToken).ConfigureAwait(false) ? [] : null;
        }

        try
        {
            var options = new BlobDownloadOptions { Range = new HttpRange(offset, count) };
            var answer = await Blob(name).DownloadContentAsync(options, cancellationToken).ConfigureAwait(false);
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
    }

    /// <inheritdoc />
    public async Task<bool> ExistsAsync(string name, CancellationToken cancellationToken) =>
        await Blob(name).ExistsAsync(cancellationToken).ConfigureAwait(false);

    /// <inheritdoc />
    public async IAsyncEnumerable<string> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var blob in await ListWithSizesAsync(prefix, cancellationToken).ConfigureAwait(false))
        {
            yield return blob.Name;
        }
    }

    /// <inheritdoc />
    public async Task DeleteAsync(string name, CancellationToken cancellationToken) =>
        await Blob(name).DeleteIfExistsAsync(cancellationToken: cancellationToken).ConfigureAwait(false);

    /// <summary>Whether there is such a container; a listing of one that does not exist looks like that of an empty one.</summary>
    internal async Task<bool> ContainerExistsAsync(CancellationToken cancellationToken) => await container.ExistsAsync(cancellationToken).ConfigureAwait(false);

    /// <summary>Names with their lengths and versions, in ordinal order.</summary>
    internal async Task<IReadOnlyList<ListedBlob>> ListWithSizesAsync(string prefix, CancellationToken cancellationToken)
    {
        var found = new List<ListedBlob>();
        try
        {
            var options = new GetBlobsOptions { Prefix = _start + prefix };
            await foreach (var blob in container.GetBlobsAsync(options, cancellationToken).ConfigureAwait(false))
            {
                found.Add(new ListedBlob(blob.Name[_start.Length..], blob.Properties.ContentLength ?? 0, $"{blob.Properties.ETag}".Trim('"')));
            }
        }
        catch (RequestFailedException failed) when (failed.ErrorCode == BlobErrorCode.ContainerNotFound)
        {
            return [];
        }

        return [.. found.OrderBy(blob => blob.Name, StringComparer.Ordinal)];
    }

    /// <summary>Brings a blob to a file, several ranges at once.</summary>
    /// <exception cref="FileNotFoundException">There is no such blob.</exception>
    internal async Task DownloadAsync(string name, string path, CancellationToken cancellationToken)
    {
        try
        {
            var options = new BlobDownloadToOptions
            {
                TransferOptions = new Azure.Storage.StorageTransferOptions { MaximumConcurrency = 8, MaximumTransferSize = 8 << 20, InitialTransferSize = 8 << 20 },
            };
            await Blob(name).DownloadToAsync(path, options, cancellationToken).ConfigureAwait(false);
            TransferMetrics.OnBlob(new FileInfo(path).Length);
        }
        catch (RequestFailedException failed) when (IsAbsent(failed))
        {
            throw new FileNotFoundException($"{Name}/{name}: expected a blob, found none. It was there when the sweep was planned: was it deleted?", failed);
        }
    }

    /// <summary>Brings a file to a blob, if there is none of that name yet.</summary>
    internal async Task UploadAsync(string name, string path, CancellationToken cancellationToken)
    {
        await container.CreateIfNotExistsAsync(cancellationToken: cancellationToken).ConfigureAwait(false);
        try
        {
            var options = new BlobUploadOptions { Conditions = new BlobRequestConditions { IfNoneMatch = ETag.All } };
            await Blob(name).UploadAsync(path, options, cancellationToken).ConfigureAwait(false);
            TransferMetrics.OnWritten(new FileInfo(path).Length);
        }
        catch (RequestFailedException failed) when (failed.ErrorCode == BlobErrorCode.BlobAlreadyExists || failed.ErrorCode == BlobErrorCode.ConditionNotMet)
        {
            // Another one brought it.
        }
    }

    private static bool IsAbsent(RequestFailedException failed) =>
        failed.ErrorCode == BlobErrorCode.BlobNotFound || failed.ErrorCode == BlobErrorCode.ContainerNotFound || failed.Status == 404;

    private async Task PutAsync(string name, ReadOnlyMemory<byte> content, BlobRequestConditions? conditions, CancellationToken cancellationToken)
    {
        var blob = Blob(name);
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
    }

    private BlobClient Blob(string name) => container.GetBlobClient(_start + Identifier.ValidateBlob(name));
}

/// <summary>A blob as a listing shows it.</summary>
/// <param name="Name">Below the store's prefix.</param>
/// <param name="Bytes">Its length.</param>
/// <param name="Tag">Its ETag: another one for every write.</param>
internal readonly record struct ListedBlob(string Name, long Bytes, string Tag);
