using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using PythiaOrleans.Core.Storage;

namespace PythiaOrleans.Cluster.Tests;

/// <summary>A blob store that outlives silos, and that can be told to fail.</summary>
internal sealed class MemoryBlobStore : IBlobStore
{
    private readonly ConcurrentDictionary<string, byte> _lost = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, byte[]> _blobs = new(StringComparer.Ordinal);

    public string Name => "memory";

    /// <summary>Called with the name before every write; throws to play a store that is away.</summary>
    public Action<string> BeforeWrite { get; set; } = _ => { };

    /// <summary>Which blobs are acknowledged and gone when they are first written.</summary>
    public Func<string, bool> LosesFirst { get; set; } = _ => false;

    /// <summary>Which blobs are acknowledged and gone whenever they are written.</summary>
    public Func<string, bool> Loses { get; set; } = _ => false;

    /// <summary>Awaited before a blob that exists is found.</summary>
    public Func<string, Task> BeforeFound { get; set; } = _ => Task.CompletedTask;

    public Task<bool> TryCreateAsync(string name, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        BeforeWrite(name);
        if (Loses(name) || (LosesFirst(name) && _lost.TryAdd(name, 0)))
        {
            return Task.FromResult(true);
        }

        return Task.FromResult(_blobs.TryAdd(name, content.ToArray()));
    }

    public Task WriteAsync(string name, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        BeforeWrite(name);
        _blobs[name] = content.ToArray();
        return Task.CompletedTask;
    }

    public Task<BlobVersion?> GetVersionAsync(string name, CancellationToken cancellationToken) =>
        Task.FromResult(_blobs.TryGetValue(name, out var blob) ? VersionOf(blob) : null);

    public Task<bool> TryReplaceAsync(string name, BlobVersion version, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        BeforeWrite(name);
        return Task.FromResult(
            _blobs.TryGetValue(name, out var blob) && VersionOf(blob) == version && _blobs.TryUpdate(name, content.ToArray(), blob));
    }

    public Task<byte[]?> ReadAsync(string name, CancellationToken cancellationToken) => Task.FromResult(_blobs.GetValueOrDefault(name));

    public Task<byte[]?> ReadRangeAsync(string name, long offset, int count, CancellationToken cancellationToken) =>
        Task.FromResult(_blobs.TryGetValue(name, out var blob) ? blob.Skip((int)offset).Take(count).ToArray() : null);

    public async Task<bool> ExistsAsync(string name, CancellationToken cancellationToken)
    {
        if (!_blobs.ContainsKey(name))
        {
            return false;
        }

        await BeforeFound(name).WaitAsync(cancellationToken);
        return true;
    }

    public async IAsyncEnumerable<string> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Task.CompletedTask;
        foreach (var name in _blobs.Keys.Where(name => name.StartsWith(prefix, StringComparison.Ordinal)).Order(StringComparer.Ordinal))
        {
            yield return name;
        }
    }

    // Every write stores another array, so that the array itself tells the states apart.
    private static BlobVersion VersionOf(byte[] blob) =>
        new(blob.Length, RuntimeHelpers.GetHashCode(blob).ToString(System.Globalization.CultureInfo.InvariantCulture));

    public Task DeleteAsync(string name, CancellationToken cancellationToken)
    {
        _blobs.TryRemove(name, out _);
        return Task.CompletedTask;
    }
}
