using PythiaOrleans.Core.Storage;

namespace PythiaOrleans.Core.Tests;

/// <summary>A store that counts its listings, and holds them back where a test wants that.</summary>
internal sealed class ListingCount(IBlobStore blobs) : IBlobStore
{
    private int _listings;

    public int Listings => _listings;

    public Task Gate { get; set; } = Task.CompletedTask;

    public string Name => blobs.Name;

    public Task<bool> TryCreateAsync(string name, ReadOnlyMemory<byte> content, CancellationToken cancellationToken) =>
        blobs.TryCreateAsync(name, content, cancellationToken);

    public Task WriteAsync(string name, ReadOnlyMemory<byte> content, CancellationToken cancellationToken) =>
        blobs.WriteAsync(name, content, cancellationToken);

    public Task<BlobVersion?> GetVersionAsync(string name, CancellationToken cancellationToken) =>
        blobs.GetVersionAsync(name, cancellationToken);

    public Task<bool> TryReplaceAsync(
        string name, BlobVersion version, ReadOnlyMemory<byte> content, CancellationToken cancellationToken) =>
        blobs.TryReplaceAsync(name, version, content, cancellationToken);

    public Task<byte[]?> ReadAsync(string name, CancellationToken cancellationToken) => blobs.ReadAsync(name, cancellationToken);

    public Task<byte[]?> ReadRangeAsync(string name, long offset, int count, CancellationToken cancellationToken) =>
        blobs.ReadRangeAsync(name, offset, count, cancellationToken);

    public Task<bool> ExistsAsync(string name, CancellationToken cancellationToken) => blobs.ExistsAsync(name, cancellationToken);

    public async IAsyncEnumerable<string> ListAsync(
        string prefix, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _listings);
        var names = await blobs.ListAsync(prefix, cancellationToken).ToArrayAsync(cancellationToken);
        await Gate; // what is listed is what was there when the listing began
        foreach (var name in names)
        {
            yield return name;
        }
    }

    public Task DeleteAsync(string name, CancellationToken cancellationToken) => blobs.DeleteAsync(name, cancellationToken);
}
