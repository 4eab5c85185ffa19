namespace PythiaOrleans.Core.Storage;

/// <summary>Named byte strings that are created once: a folder or a blob container. Names are relative, with forward slashes.</summary>
public interface IBlobStore
{
    /// <summary>What the user calls it: a path or an address without secrets.</summary>
    string Name { get; }

    /// <summary>Creates the blob if there is none of that name, all or nothing. Of several writers exactly one wins.</summary>
    /// <returns>Whether this call created it.</returns>
    Task<bool> TryCreateAsync(string name, ReadOnlyMemory<byte> content, CancellationToken cancellationToken);

    /// <summary>Writes the blob, replacing what was there, all or nothing.</summary>
    Task WriteAsync(string name, ReadOnlyMemory<byte> content, CancellationToken cancellationToken);

    /// <summary>The state that the blob is in; null where there is none.</summary>
    Task<BlobVersion?> GetVersionAsync(string name, CancellationToken cancellationToken);

    /// <summary>Replaces the blob if it is still in the given state, all or nothing. Of several writers that saw the same state, one wins.</summary>
    /// <returns>Whether this call replaced it; false where it has changed since, or is gone.</returns>
    Task<bool> TryReplaceAsync(string name, BlobVersion version, ReadOnlyMemory<byte> content, CancellationToken cancellationToken);

    /// <summary>As <see cref="WriteAsync"/>, for a blob that a power failure may lose without harm: a store that waits for its disk need not wait for this one.</summary>
    Task WriteBestEffortAsync(string name, ReadOnlyMemory<byte> content, CancellationToken cancellationToken) => WriteAsync(name, content, cancellationToken);

    /// <summary>Reads the whole blob; null where there is none.</summary>
    Task<byte[]?> ReadAsync(string name, CancellationToken cancellationToken);

    /// <summary>Reads up to <paramref name="count"/> bytes from <paramref name="offset"/>; null where there is no such blob, shorter at its end.</summary>
    Task<byte[]?> ReadRangeAsync(string name, long offset, int count, CancellationToken cancellationToken);

    /// <summary>Whether there is such a blob.</summary>
    Task<bool> ExistsAsync(string name, CancellationToken cancellationToken);

    /// <summary>The names that start with <paramref name="prefix"/>, in ordinal order. Drafts of unfinished writes are never listed.</summary>
    IAsyncEnumerable<string> ListAsync(string prefix, CancellationToken cancellationToken);

    /// <summary>Deletes the blob; does nothing where there is none.</summary>
    Task DeleteAsync(string name, CancellationToken cancellationToken);
}
