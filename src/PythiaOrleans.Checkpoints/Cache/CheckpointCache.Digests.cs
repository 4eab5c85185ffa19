using System.Collections.Concurrent;
using PythiaOrleans.Checkpoints.Formats;

namespace PythiaOrleans.Checkpoints.Cache;

/// <content>Files are compared with their digests before this process uses them for the first time.</content>
public sealed partial class CheckpointCache
{
    // The digest that was found, by the file as it was then: one that changes is read again. Shared, because sources open caches of their own.
    private static readonly ConcurrentDictionary<Stamp, Lazy<string>> Digests = new();

    /// <summary>Refuses a file whose bytes are not those that its name, or the note beside it, promises.</summary>
    /// <exception cref="CheckpointFormatException">The digests differ.</exception>
    internal void CheckDigest(string repository, string id, CancellationToken cancellationToken)
    {
        if (PromisedDigest(repository, id) is { } promised && FindDigest(repository, id, promised, cancellationToken) is var found && found != promised)
        {
            throw new CheckpointFormatException(
                _paths.Blob(repository, id),
                "its bytes",
                $"digest {promised}",
                found,
                "The cached file is damaged: remove it with `pythia cache repair`, and let it be fetched again.");
        }
    }

    /// <summary>Whether the file is here with the promised length and digest. The first question in a process reads it whole.</summary>
    private bool IsIntact(string repository, string id, long bytes, CancellationToken cancellationToken) => IsWhole(repository, id, bytes)
        && (PromisedDigest(repository, id) is not { } promised || FindDigest(repository, id, promised, cancellationToken) == promised);

    private string FindDigest(string repository, string id, string promised, CancellationToken cancellationToken)
    {
        var path = _paths.Blob(repository, id);
        var stamp = Stamp.Take(path, promised.Length);
        var digest = Digests.GetOrAdd(stamp, _ => new Lazy<string>(() => BlobDigest.Compute(path, promised, cancellationToken)));
        try
        {
            return digest.Value;
        }
        catch
        {
            Digests.TryRemove(new KeyValuePair<Stamp, Lazy<string>>(stamp, digest)); // it was cancelled, or the file is gone
            throw;
        }
    }

    /// <summary>Notes what a download has just compared.</summary>
    private void NoteVerified(string repository, string id, string digest)
    {
        var stamp = Stamp.Take(_paths.Blob(repository, id), digest.Length);
        Digests[stamp] = new Lazy<string>(digest);
    }

    private string? PromisedDigest(string repository, string id) => BlobDigest.IsDigest(id) ? id : RecordedDigest(repository, id);

    private readonly record struct Stamp(string Path, long Bytes, long Ticks, int DigestLength)
    {
        public static Stamp Take(string path, int digestLength)
        {
            var file = new FileInfo(path);
            return new Stamp(path, file.Length, file.LastWriteTimeUtc.Ticks, digestLength);
        }
    }
}
