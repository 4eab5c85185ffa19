using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using PythiaOrleans.Checkpoints.Cache;
using PythiaOrleans.Checkpoints.Formats;
using PythiaOrleans.Core.Ids;
using PythiaOrleans.Core.Storage;

namespace PythiaOrleans.Checkpoints.Sources.Hub;

/// <summary>
/// Checkpoints of the Hugging Face hub: one repository for each model, one revision <c>stepN</c> for each step; fetched into the cache that
/// the Python tools share. A checkpoint that the cache holds whole is used from there while the hub is down.
/// </summary>
public sealed class HubSource : ICheckpointSource, IDisposable
{
    // A hub that did not answer is not asked again for every step of a sweep.
    private static readonly TimeSpan DownTime = TimeSpan.FromMinutes(1);

    private readonly HubClient _client;
    private readonly CheckpointCache _cache;
    private readonly HubCache _offline;
    private readonly Func<string, string> _repositoryOf;
    private readonly ConcurrentDictionary<CheckpointId, IReadOnlyList<HubFile>> _trees = new();
    private long _downSince;

    /// <summary>Opens the hub.</summary>
    /// <param name="options">Where it is and how it is read.</param>
    /// <param name="repositoryOf">The repository of a model: <c>EleutherAI/pythia-160m</c>.</param>
    /// <param name="name">What the user calls it: <c>hub:EleutherAI</c>.</param>
    public HubSource(HubOptions options, Func<string, string> repositoryOf, string name = "hub")
    {
        ArgumentNullException.ThrowIfNull(options);
        _client = new HubClient(options);
        _cache = new CheckpointCache(options.CacheFolder, options.CacheBytes);
        _offline = new HubCache(_cache, repositoryOf);
        _repositoryOf = repositoryOf;
        Name = name;
    }

    /// <inheritdoc />
    public string Name { get; }

    /// <inheritdoc />
    public async ValueTask<long?> FindAsync(CheckpointId checkpoint, CancellationToken cancellationToken)
    {
        var tree = await TreeAsync(checkpoint, cancellationToken).ConfigureAwait(false);
        return tree.FromCache ? _offline.Find(checkpoint) : tree.Files is { } files ? Weights(files)?.Sum(file => file.Bytes) : null;
    }

    /// <inheritdoc />
    public async ValueTask<string?> DigestAsync(CheckpointId checkpoint, CancellationToken cancellationToken)
    {
        var tree = await TreeAsync(checkpoint, cancellationToken).ConfigureAwait(false);
        return tree.Files is { } files && Weights(files) is { Count: > 0 } weights && weights.All(file => file.Sha256 is not null)
            ? WeightFile.Combine([.. weights.Select(file => new WeightFile(file.Name, file.Bytes, file.Sha256!))])
            : null;
    }

    /// <inheritdoc />
    public IEnumerable<CheckpointId> Cached(IEnumerable<string> models) =>
        models.SelectMany(model => _cache.WholeCheckpoints(CachePaths.FolderName(_repositoryOf(model)), model));

    /// <inheritdoc />
    public async ValueTask<CheckpointFiles> FetchAsync(CheckpointId checkpoint, CancellationToken cancellationToken)
    {
        var tree = await TreeAsync(checkpoint, cancellationToken).ConfigureAwait(false);
        if (tree.FromCache)
        {
            return await _offline.OpenAsync(checkpoint, cancellationToken).ConfigureAwait(false);
        }

        var files = tree.Files ?? throw new FileNotFoundException(
            $"{Place(checkpoint)}: the repository has no such revision. `pythia models {checkpoint.Model}` lists the steps; leave this "
                + "one out.");
        var layout = WeightLayout.Find(files.Select(file => file.Name)) ?? throw new FileNotFoundException(
            $"{Place(checkpoint)}: expected {string.Join(" or ", WeightLayout.All)}, found "
                + $"{string.Join(", ", files.Select(file => file.Name))}. "
            + "Leave the step out of the sweep.");
        if (files.All(file => file.Name != HubCache.ConfigFile))
        {
            throw new FileNotFoundException(
                $"{Place(checkpoint)}: expected {HubCache.ConfigFile} beside the weights, found none. Report it, and leave the step out.");
        }

        return await FetchAsync(checkpoint, layout, [.. files.Where(file => HubCache.IsWanted(layout, file.Name))], cancellationToken)
            .ConfigureAwait(false);
    }

    /// <summary>Closes the connections.</summary>
    public void Dispose() => _client.Dispose();

    private static IReadOnlyList<HubFile>? Weights(IReadOnlyList<HubFile> files)
    {
        if (WeightLayout.Find(files.Select(file => file.Name)) is not { } layout)
        {
            return null;
        }

        var isWhole = files.Any(file => file.Name == layout.Whole);
        return
        [
            .. files.Where(
                file => isWhole ? file.Name == layout.Whole : layout.IsWeight(file.Name)).OrderBy(file => file.Name, StringComparer.Ordinal)
        ];
    }

    private async Task<CheckpointFiles> FetchAsync(
        CheckpointId checkpoint,
        WeightLayout layout,
        IReadOnlyList<HubFile> wanted,
        CancellationToken cancellationToken)
    {
        var repository = _repositoryOf(checkpoint.Model);
        var folder = CachePaths.FolderName(repository);
        _cache.CheckRoom(checkpoint.ToString(), wanted.Sum(file => file.Bytes));
        var leases = new Leases();
        try
        {
            var (commit, revision) = await CommitAsync(repository, checkpoint, wanted, cancellationToken).ConfigureAwait(false);
            await Parallel.ForEachAsync(wanted, cancellationToken, async (file, stop) =>
            {
                Task DownloadToAsync(string path, CancellationToken token) => DownloadAsync(repository, revision, file, path, token);
                leases.Add(await _cache.FetchAsync(folder, file.Id, file.Bytes, DownloadToAsync, stop).ConfigureAwait(false));
                _cache.Paths.LinkInSnapshot(folder, commit, file.Name, file.Id);
            }).ConfigureAwait(false);
            _cache.Paths.WriteRef(folder, checkpoint.Revision, commit);
            return HubCache.Open(checkpoint, _cache.Paths.Snapshot(folder, commit), layout, leases);
        }
        catch
        {
            leases.Dispose();
            throw;
        }
    }

    // FromCache: the hub is not to be asked, or does not answer, and the cache serves.
    private async Task<(IReadOnlyList<HubFile>? Files, bool FromCache)> TreeAsync(
        CheckpointId checkpoint, CancellationToken cancellationToken)
    {
        if (_client.Options.Offline)
        {
            return (null, true);
        }

        if (_trees.TryGetValue(checkpoint, out var known))
        {
            return (known, false);
        }

        var isCached = _offline.Find(checkpoint) is not null;
        if (isCached && IsDown())
        {
            return (null, true);
        }

        try
        {
            var tree = await _client.TreeAsync(_repositoryOf(checkpoint.Model), checkpoint.Revision, retry: !isCached, cancellationToken)
                .ConfigureAwait(false);
            return (tree is null ? null : _trees.GetOrAdd(checkpoint, tree), false);
        }
        catch (SourceUnavailableException error) when (isCached)
        {
            Interlocked.Exchange(ref _downSince, TimeProvider.System.GetTimestamp());
            SourceNotices.Report($"{error.Message} Checkpoints that {_cache.Root} holds whole are used from there.");
            return (null, true);
        }
    }

    private bool IsDown() =>
        Interlocked.Read(ref _downSince) is var since and not 0 && TimeProvider.System.GetElapsedTime(since) < DownTime;

    // The snapshot is named after the commit. Where the whole snapshot is here with the digests of the tree, nothing needs to be asked.
    private async Task<(string Commit, string Revision)> CommitAsync(
        string repository,
        CheckpointId checkpoint,
        IReadOnlyList<HubFile> wanted,
        CancellationToken cancellationToken)
    {
        var folder = CachePaths.FolderName(repository);
        if (_cache.Paths.Commit(folder, checkpoint.Revision) is { } commit && wanted.All(file => IsLinked(folder, commit, file)))
        {
            return (commit, checkpoint.Revision);
        }

        var config = wanted.First(file => file.Name == HubCache.ConfigFile);
        var location = await _client.LocateAsync(repository, checkpoint.Revision, config.Name, cancellationToken).ConfigureAwait(false);
        if (!location.Agrees(config))
        {
            _trees.TryRemove(checkpoint, out _);
            throw Moved(repository, checkpoint.Revision, config, location);
        }

        // A mirror that does not say which commit it serves: the files themselves name the snapshot.
        return location.Commit is { } known ? (known, known) : (NameSnapshot(wanted), checkpoint.Revision);
    }

    private bool IsLinked(string folder, string commit, HubFile file) =>
        CachePaths.ResolveBlobId(_cache.Paths.Link(folder, commit, file.Name)) == file.Id
            && File.Exists(_cache.Paths.Blob(folder, file.Id));

    private static string NameSnapshot(IEnumerable<HubFile> files) => Convert.ToHexStringLower(
        SHA256.HashData(
            Encoding.UTF8.GetBytes(string.Join('\n', files.Select(file => $"{file.Name} {file.Id}").Order(StringComparer.Ordinal)))))[..40];

    private async Task DownloadAsync(string repository, string revision, HubFile file, string path, CancellationToken cancellationToken)
    {
        var location = await _client.LocateAsync(repository, revision, file.Name, cancellationToken).ConfigureAwait(false);
        if (!location.Agrees(file))
        {
            throw Moved(repository, revision, file, location);
        }

        var incomplete = _cache.Paths.Incomplete(CachePaths.FolderName(repository), file.Id);
        long prefix = 0;
        if (!File.Exists(PartialFile.JournalOf(path))
            && new FileInfo(incomplete) is { Exists: true, Length: > 0 } begun && begun.Length <= file.Bytes)
        {
            // The Python tools stopped on the way. Their file grows from front to back, and the lock that we hold says that they are gone.
            prefix = begun.Length;
            File.Move(incomplete, path, overwrite: true);
        }

        await new HubDownload(_client, _client.UrlOf(repository, revision, file.Name), file, path)
            .RunAsync(prefix, cancellationToken)
            .ConfigureAwait(false);
    }

    private static SourceUnavailableException Moved(string repository, string revision, HubFile file, HubLocation location) => new(
        $"{repository}@{revision}/{file.Name}: the tree says {file.Bytes} bytes of {file.Id}, the file itself {location.Bytes} bytes of "
            + $"{location.Id}. "
        + "The branch moved meanwhile: try again.");

    private string Place(CheckpointId checkpoint) => $"{_repositoryOf(checkpoint.Model)}@{checkpoint.Revision}";
}
