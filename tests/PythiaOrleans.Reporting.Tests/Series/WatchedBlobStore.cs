using System.Collections.Concurrent;
using PythiaOrleans.Core.Storage;

namespace PythiaOrleans.Reporting.Tests;

/// <summary>A blob store that notes what is read and written, and that can be told to wait.</summary>
internal sealed class WatchedBlobStore(IBlobStore inner) : IBlobStore
{
    public string Name => inner.Name;

    /// <summary>What was done, in order: <c>read NAME</c>, <c>range NAME</c>, <c>write NAME</c>.</summary>
    public ConcurrentQueue<string> Calls { get; } = [];

    /// <summary>Awaited before a whole blob is read.</summary>
    public Func<string, Task> BeforeRead { get; set; } = _ => Task.CompletedTask;

    public Task<bool> TryCreateAsync(string name, ReadOnlyMemory<byte> content, CancellationToken cancellationToken) =>
        Noted("write", name).TryCreateAsync(name, content, cancellationToken);

    public Task WriteAsync(string name, ReadOnlyMemory<byte> content, CancellationToken cancellationToken) =>
        Noted("write", name).WriteAsync(name, content, cancellationToken);

    public Task<bool> TryReplaceAsync(
        string name, BlobVersion version, ReadOnlyMemory<byte> content, CancellationToken cancellationToken) =>
        Noted("write", name).TryReplaceAsync(name, version, content, cancellationToken);

    public Task<BlobVersion?> GetVersionAsync(string name, CancellationToken cancellationToken) =>
        inner.GetVersionAsync(name, cancellationToken);

    public async Task<byte[]?> ReadAsync(string name, CancellationToken cancellationToken)
    {
        await BeforeRead(name);
        return await Noted("read", name).ReadAsync(name, cancellationToken);
    }

    public Task<byte[]?> ReadRangeAsync(string name, long offset, int count, CancellationToken cancellationToken) =>
        Noted("range", name).ReadRangeAsync(name, offset, count, cancellationToken);

    public Task<bool> ExistsAsync(string name, CancellationToken cancellationToken) => inner.ExistsAsync(name, cancellationToken);

    public IAsyncEnumerable<string> ListAsync(string prefix, CancellationToken cancellationToken) =>
        inner.ListAsync(prefix, cancellationToken);

    public Task DeleteAsync(string name, CancellationToken cancellationToken) => Noted("write", name).DeleteAsync(name, cancellationToken);

    private IBlobStore Noted(string what, string name)
    {
        Calls.Enqueue($"{what} {name}");
        return inner;
    }
}
