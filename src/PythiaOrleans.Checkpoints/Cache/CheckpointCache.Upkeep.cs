using System.Globalization;

namespace PythiaOrleans.Checkpoints.Cache;

/// <content>What <c>pythia cache</c> does: list, verify, repair, prune.</content>
public sealed partial class CheckpointCache
{
    /// <summary>Everything that the cache holds, the last used first.</summary>
    public IReadOnlyList<CacheEntry> List() =>
    [
        .. Repositories().SelectMany(repository =>
        {
            var names = NamesById(repository);
            return Ids(repository).Select(id => Describe(repository, id, names.GetValueOrDefault(id) ?? []));
        }).OrderByDescending(entry => entry.LastUsed).ThenBy(entry => entry.Id, StringComparer.Ordinal),
    ];

    /// <summary>Reads every complete file and compares it with its digest; looks for links that lead nowhere. Changes nothing.</summary>
    public IReadOnlyList<CacheDamage> Verify(CancellationToken cancellationToken) =>
        [
            .. Repositories().SelectMany(
                repository => DamagedBlobs(repository, cancellationToken).Select(blob => blob.Damage).Concat(DeadLinks(repository)))
        ];

    /// <summary>Removes what <see cref="Verify"/> finds and is not in use; the next fetch brings it again.</summary>
    /// <returns>What was removed.</returns>
    public IReadOnlyList<CacheDamage> Repair(CancellationToken cancellationToken)
    {
        var removed = new List<CacheDamage>();
        foreach (var repository in Repositories())
        {
            foreach (var (id, damage) in DamagedBlobs(repository, cancellationToken))
            {
                if (TryRemove(repository, id))
                {
                    removed.Add(damage);
                }
            }

            foreach (var link in DeadLinks(repository))
            {
                File.Delete(link.Path);
                removed.Add(link);
            }

            RemoveEmptySnapshots(repository);
        }

        return removed;
    }

    /// <summary>Evicts own files, the one used longest ago first, until at most so many bytes are left or the rest is in use.</summary>
    /// <returns>The bytes of own files that are left.</returns>
    public async Task<long> PruneAsync(long keepBytes, CancellationToken cancellationToken)
    {
        using var only = await CacheLock.AcquireAsync(_paths.Global, shared: false, cancellationToken).ConfigureAwait(false);
        return Evict(keepBytes);
    }

    /// <summary>What <see cref="PruneAsync"/> would remove now, the file used longest ago first.</summary>
    public IReadOnlyList<CacheEntry> ListPrunable(long keepBytes)
    {
        var own = OwnEntries().OrderBy(entry => entry.LastUsed).ToList();
        var (left, removed) = (own.Sum(entry => entry.Bytes), new List<CacheEntry>());
        foreach (var entry in own.Where(entry => !entry.InUse))
        {
            if (left > keepBytes)
            {
                removed.Add(entry);
                left -= entry.Bytes;
            }
        }

        return removed;
    }

    private long Evict(long keepBytes)
    {
        var own = OwnEntries().OrderBy(entry => entry.LastUsed).ToList();
        var left = own.Sum(entry => entry.Bytes);
        foreach (var entry in own.TakeWhile(_ => left > keepBytes).ToList())
        {
            if (left > keepBytes && TryRemove(entry.Repository, entry.Id))
            {
                left -= entry.Bytes;
            }
        }

        return left;
    }

    // Under the mark's exclusive lock no process reads the blob, and none that comes later can believe that it is there.
    private bool TryRemove(string repository, string id)
    {
        using var alone = CacheLock.TryAcquire(_paths.Mark(repository, id), shared: false);
        if (alone is null)
        {
            return false;
        }

        var partial = _paths.Partial(repository, id);
        string[] files = [_paths.Blob(repository, id), partial, PartialFile.JournalOf(partial), _paths.Reserved(repository, id)];
        foreach (var path in files)
        {
            File.Delete(path);
        }

        foreach (var link in Links(repository).Where(link => CachePaths.ResolveBlobId(link) == id).ToList())
        {
            File.Delete(link);
        }

        RemoveEmptySnapshots(repository);
        return true;
    }

    // A ref to a snapshot that is gone would look like damage to the Python tools.
    private void RemoveEmptySnapshots(string repository)
    {
        foreach (var snapshot in Folders(_paths.Snapshots(repository))
            .Where(folder => !Files(folder).Any())
            .ToList())
        {
            var commit = Path.GetFileName(snapshot);
            foreach (var file in Files(_paths.Refs(repository))
                .Where(file => File.ReadAllText(file).Trim() == commit)
                .ToList())
            {
                File.Delete(file);
            }

            try
            {
                RemoveEmptyFolders(snapshot);
            }
            catch (IOException)
            {
                // Another process has just put a file there: then it is not empty, and shall stay.
            }
        }
    }

    // From the inside out, each only while it is empty.
    private static void RemoveEmptyFolders(string folder)
    {
        foreach (var inner in Folders(folder).ToList())
        {
            RemoveEmptyFolders(inner);
        }

        Directory.Delete(folder);
    }

    private IEnumerable<(string Id, CacheDamage Damage)> DamagedBlobs(string repository, CancellationToken cancellationToken)
    {
        foreach (var id in Ids(repository))
        {
            var blob = _paths.Blob(repository, id);
            var expected = BlobDigest.IsDigest(id) ? id : RecordedDigest(repository, id);
            if (expected is not null && File.Exists(blob)
                && BlobDigest.Compute(blob, expected, cancellationToken) is var found && found != expected)
            {
                yield return (id, new CacheDamage(blob, $"expected digest {expected}, found {found}."));
            }
        }
    }

    private string? RecordedDigest(string repository, string id) =>
        File.Exists(_paths.Mark(repository, id))
            && File.ReadAllText(_paths.Mark(repository, id)).Trim() is var text
            && BlobDigest.IsDigest(text)
            ? text
            : null;

    private IEnumerable<CacheDamage> DeadLinks(string repository) => Links(repository)
        .Where(link => !File.Exists(_paths.Blob(repository, CachePaths.ResolveBlobId(link)!))) // of the link itself, File.Exists says yes
        .Select(link => new CacheDamage(link, "leads to a file that is not there."));

    private IEnumerable<CacheEntry> OwnEntries() => Repositories()
        .SelectMany(
            repository => Ids(repository).Where(id => File.Exists(_paths.Mark(repository, id))).Select(id => Describe(repository, id, [])));

    private CacheEntry Describe(string repository, string id, IReadOnlyList<string> names)
    {
        var blob = new FileInfo(_paths.Blob(repository, id));
        var file = blob.Exists ? blob : new FileInfo(_paths.Partial(repository, id));
        var bytes = blob.Exists ? blob.Length : Math.Max(file.Exists ? file.Length : 0, ReservedBytes(repository, id));
        var mark = new FileInfo(_paths.Mark(repository, id));
        return new CacheEntry(
            repository,
            id,
            names,
            bytes,
            mark.Exists ? mark.LastWriteTimeUtc : file.LastWriteTimeUtc,
            blob.Exists,
            mark.Exists,
            mark.Exists && IsInUse(mark.FullName));
    }

    private long ReservedBytes(string repository, string id) =>
        new FileInfo(_paths.Reserved(repository, id)) is { Exists: true } file
            && long.TryParse(File.ReadAllText(file.FullName), CultureInfo.InvariantCulture, out var bytes)
            ? bytes
            : 0;

    private static bool IsInUse(string mark)
    {
        using var alone = CacheLock.TryAcquire(mark, shared: false);
        return alone is null;
    }

    private Dictionary<string, List<string>> NamesById(string repository)
    {
        var revisions = Files(_paths.Refs(repository))
            .ToLookup(file => File.ReadAllText(file).Trim(), file => Path.GetRelativePath(_paths.Refs(repository), file));
        var names = new Dictionary<string, List<string>>(StringComparer.Ordinal);
        foreach (var link in Links(repository))
        {
            var inside = Path.GetRelativePath(_paths.Snapshots(repository), link);
            var commit = inside[..inside.IndexOf('/', StringComparison.Ordinal)];
            foreach (var revision in revisions[commit].DefaultIfEmpty(commit))
            {
                (names.TryGetValue(CachePaths.ResolveBlobId(link)!, out var list) ? list : names[CachePaths.ResolveBlobId(link)!] = [])
                    .Add($"{revision}{inside[commit.Length..]}");
            }
        }

        return names;
    }

    private IEnumerable<string> Repositories() =>
        Folders(Root).Select(folder => Path.GetFileName(folder)!).Where(name => !name.StartsWith('.'));

    // A blob, or what is on its way to one; a partial file's name is the blob's with an extension.
    private IEnumerable<string> Ids(string repository) => Files(_paths.Blobs(repository))
        .Select(Path.GetFileName)
        .Select(name => name!.EndsWith(".pythia.size", StringComparison.Ordinal) ? name[..^".size".Length] : name)
        .Select(name => name!.EndsWith(".pythia", StringComparison.Ordinal) ? name[..^".pythia".Length] : name)
        .Where(name => !name.EndsWith(".parts", StringComparison.Ordinal) && !name.EndsWith(".incomplete", StringComparison.Ordinal))
        .Distinct(StringComparer.Ordinal)
        .ToList();

    private IEnumerable<string> Links(string repository) => Folders(_paths.Snapshots(repository))
        .SelectMany(Files)
        .Where(file => CachePaths.ResolveBlobId(file) is not null);

    private static IEnumerable<string> Folders(string path) => Directory.Exists(path) ? Directory.EnumerateDirectories(path) : [];

    private static IEnumerable<string> Files(string path) =>
        Directory.Exists(path) ? Directory.EnumerateFiles(path, "*", SearchOption.AllDirectories) : [];
}
