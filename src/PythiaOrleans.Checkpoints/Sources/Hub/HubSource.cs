using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using PythiaOrleans.Checkpoints.Cache;
using PythiaOrleans.Checkpoints.Catalog;
using PythiaOrleans.Checkpoints.Formats;
using PythiaOrleans.Core.Ids;
using PythiaOrleans.Core.Storage;

namespace PythiaOrleans.Checkpoints.Sources.Hub;

/// <summary>
/// Checkpoints of the Hugging Face hub: one repository for each model, one revision for each step; fetched into the cache that the Python
/// tools share. A checkpoint that the cache holds whole is used from there while the hub is down.
/// </summary>
public sealed class HubSource : ICheckpointSource, IDisposable
{
    /// <summary>A hub that did not answer is not asked again for every step of a sweep.</summary>
    internal static readonly TimeSpan DownTime = TimeSpan.FromMinutes(1);

    private readonly HubClient _client;
    private readonly CheckpointCache _cache;
    private readonly HubCache _offline;
    private readonly Func<string, HubModel> _modelOf;
    private readonly ConcurrentDictionary<CheckpointId, IReadOnlyList<HubFile>> _trees = new();
    private readonly ConcurrentDictionary<CheckpointId, HubAddress> _relocated = new();
    private long _downSince;

    /// <summary>Opens the hub.</summary>
    /// <param name="options">Where it is and how it is read.</param>
    /// <param name="modelOf">How the hub keeps a model: in <c>EleutherAI/pythia-160m</c>, as revisions <c>stepN</c>.</param>
    /// <param name="name">What the user calls it: <c>hub:EleutherAI</c>.</param>
    public HubSource(HubOptions options, Func<string, HubModel> modelOf, string name = "hub")
    {
        ArgumentNullException.ThrowIfNull(options);
        _client = new HubClient(options);
        _cache = new CheckpointCache(options.CacheFolder, options.CacheBytes);
        _offline = new HubCache(_cache);
        Branches = new HubBranches(_client, _cache);
        _modelOf = modelOf;
        Revisions = new HubRevisions(_client, Branches, modelOf);
        Name = name;
    }

    /// <inheritdoc />
    public string Name { get; }

    /// <inheritdoc />
    public bool HasPlacePerModel => true;

    /// <inheritdoc />
    public IRevisionSource Revisions { get; }

    /// <summary>The branches and tags of repositories.</summary>
    internal HubBranches Branches { get; }

    /// <inheritdoc />
    public async ValueTask<long?> FindAsync(CheckpointId checkpoint, CancellationToken cancellationToken)
    {
        var tree = await TreeAsync(checkpoint, cancellationToken).ConfigureAwait(false);
        return tree.FromCache
            ? _offline.Find(AddressOf(checkpoint))
            : tree.Files is { } files ? Weights(files)?.Sum(file => file.Bytes) : null;
    }

    /// <inheritdoc />
    public async ValueTask<string?> DigestAsync(CheckpointId checkpoint, CancellationToken cancellationToken)
    {
        if (await CachedDigestAsync(checkpoint, cancellationToken).ConfigureAwait(false) is { } cached)
        {
            return cached;
        }

        var tree = await TreeAsync(checkpoint, cancellationToken).ConfigureAwait(false);
        return tree.Files is { } files && Weights(files) is { Count: > 0 } weights && weights.All(file => file.Sha256 is not null)
            ? WeightFile.Combine([.. weights.Select(file => new WeightFile(file.Name, file.Bytes, file.Sha256!))])
            : null;
    }

    /// <inheritdoc />
    public IEnumerable<CheckpointId> Cached(IEnumerable<string> models) =>
        models.SelectMany(model => _offline.List(model, _modelOf(model)));

    /// <inheritdoc />
    public async ValueTask<CheckpointFiles> FetchAsync(CheckpointId checkpoint, CancellationToken cancellationToken)
    {
        var tree = await TreeAsync(checkpoint, cancellationToken).ConfigureAwait(false);
        if (tree.FromCache)
        {
            return await _offline.OpenAsync(checkpoint, AddressOf(checkpoint), cancellationToken).ConfigureAwait(false);
        }

        var files = tree.Files ?? throw new FileNotFoundException(
            await ExplainAbsenceAsync(checkpoint, cancellationToken).ConfigureAwait(false)
                + " Leave this step out, or say in a catalog file how its branch is called (`revision`, docs/catalog.md).");
        var layout = WeightLayout.Find(files.Select(file => file.Name)) ?? throw new FileNotFoundException(
            $"{AddressOf(checkpoint)}: expected {string.Join(" or ", WeightLayout.All)}, found "
                + $"{string.Join(", ", files.Select(file => file.Name))}. "
            + "Leave the step out of the sweep.");
        if (files.All(file => file.Name != HubCache.ConfigFile))
        {
            throw new FileNotFoundException(
                $"{AddressOf(checkpoint)}: expected {HubCache.ConfigFile} beside the weights, found none. Report it, and leave "
                    + "the step out.");
        }

        HubFile[] wanted = [.. files.Where(file => HubCache.IsWanted(layout, file.Name))];
        return await FetchAsync(checkpoint, AddressOf(checkpoint), layout, wanted, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc />
    public async ValueTask<string> ExplainAbsenceAsync(CheckpointId checkpoint, CancellationToken cancellationToken)
    {
        var address = AddressOf(checkpoint);
        var branches = await Branches.ListAsync(address.Repository, cancellationToken).ConfigureAwait(false);
        return branches.Contains(address.Revision)
            ? $"{address}: the revision has no weights there."
            : $"{address}: the repository has no such revision, but {HubBranches.Describe(branches)}.";
    }

    /// <summary>Closes the connections.</summary>
    public void Dispose() => _client.Dispose();

    /// <summary>Brings a revision's <c>config.json</c> alone, without its weights.</summary>
    /// <exception cref="FileNotFoundException">The revision has none.</exception>
    internal async Task<CheckpointFiles> FetchConfigAsync(string model, HubAddress address, CancellationToken cancellationToken)
    {
        var checkpoint = new CheckpointId(model, 0);
        if (_offline.FindConfig(address) is { } cached)
        {
            return new CheckpointFiles(checkpoint, cached, [], null);
        }

        var tree = _client.Options.Offline
            ? null
            : await _client.TreeAsync(address, retry: true, cancellationToken).ConfigureAwait(false);
        var config = tree?.FirstOrDefault(file => file.Name == HubCache.ConfigFile) ?? throw new FileNotFoundException(
            $"{address}: expected {HubCache.ConfigFile}, found "
                + (tree is null ? "nothing, and HF_HUB_OFFLINE forbids to ask the hub" : "none")
                + ". Describe the model in a catalog file (docs/catalog.md).");
        return await FetchAsync(checkpoint, address, layout: null, [config], cancellationToken).ConfigureAwait(false);
    }

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
        HubAddress address,
        WeightLayout? layout,
        IReadOnlyList<HubFile> wanted,
        CancellationToken cancellationToken)
    {
        var folder = CachePaths.FolderName(address.Repository);
        _cache.CheckRoom(checkpoint.ToString(), wanted.Sum(file => file.Bytes));
        var leases = new Leases();
        try
        {
            var (commit, revision) = await CommitAsync(checkpoint, address, wanted, cancellationToken).ConfigureAwait(false);
            var source = address with { Revision = revision };
            await Parallel.ForEachAsync(wanted, cancellationToken, async (file, stop) =>
            {
                Task DownloadToAsync(string path, CancellationToken token) => DownloadAsync(source, file, path, token);
                leases.Add(await _cache.FetchAsync(folder, file.Id, file.Bytes, DownloadToAsync, stop).ConfigureAwait(false));
                _cache.Paths.LinkInSnapshot(folder, commit, address.PathOf(file.Name), file.Id);
            }).ConfigureAwait(false);
            _cache.Paths.WriteRef(folder, address.Revision, commit);
            return HubCache.Open(checkpoint, Path.Combine(_cache.Paths.Snapshot(folder, commit), address.Folder), layout, leases);
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

        var address = AddressOf(checkpoint);
        var isCached = _offline.Find(address) is not null;
        if (isCached && IsDown())
        {
            return (null, true);
        }

        try
        {
            var tree = await _client.TreeAsync(address, retry: !isCached, cancellationToken).ConfigureAwait(false);
            if (tree is null && await RelocateAsync(checkpoint, cancellationToken).ConfigureAwait(false) is { } other)
            {
                tree = await _client.TreeAsync(other, retry: true, cancellationToken).ConfigureAwait(false);
            }

            return (tree is null ? null : _trees.GetOrAdd(checkpoint, tree), false);
        }
        catch (SourceUnavailableException error) when (isCached)
        {
            Interlocked.Exchange(ref _downSince, TimeProvider.System.GetTimestamp());
            SourceNotices.Report($"{error.Message} Checkpoints that {_cache.Root} holds whole are used from there.");
            return (null, true);
        }
    }

    // One request for a repository instead of one for each of its steps: a commit that is the cached one's has the cached bytes.
    private async Task<string?> CachedDigestAsync(CheckpointId checkpoint, CancellationToken cancellationToken)
    {
        if (_client.Options.Offline || IsDown() || _trees.ContainsKey(checkpoint))
        {
            return null;
        }

        var address = AddressOf(checkpoint);
        return _offline.FindDigest(address) is var (commit, digest)
            && await Branches.FindCommitAsync(address.Repository, address.Revision, cancellationToken).ConfigureAwait(false) == commit
            ? digest
            : null;
    }

    // Only where the branch's name holds a number that may be rounded otherwise.
    private async Task<HubAddress?> RelocateAsync(CheckpointId checkpoint, CancellationToken cancellationToken)
    {
        var model = _modelOf(checkpoint.Model);
        if (!model.NamesTokens(checkpoint.Step))
        {
            return null;
        }

        var branches = await Branches.ListAsync(model.Repository, cancellationToken).ConfigureAwait(false);
        return model.LocateAmong(checkpoint.Step, branches) is { } other ? _relocated[checkpoint] = other : null;
    }

    private bool IsDown() =>
        Interlocked.Read(ref _downSince) is var since and not 0 && TimeProvider.System.GetElapsedTime(since) < DownTime;

    // The snapshot is named after the commit. Where the whole snapshot is here with the digests of the tree, nothing needs to be asked.
    private async Task<(string Commit, string Revision)> CommitAsync(
        CheckpointId checkpoint, HubAddress address, IReadOnlyList<HubFile> wanted, CancellationToken cancellationToken)
    {
        var folder = CachePaths.FolderName(address.Repository);
        if (_cache.Paths.Commit(folder, address.Revision) is { } commit
            && wanted.All(file => IsLinked(folder, commit, address.PathOf(file.Name), file.Id)))
        {
            return (commit, address.Revision);
        }

        var config = wanted.First(file => file.Name == HubCache.ConfigFile);
        var location = await _client.LocateAsync(address, config.Name, cancellationToken).ConfigureAwait(false);
        if (!location.Agrees(config))
        {
            _trees.TryRemove(checkpoint, out _);
            throw Moved(address, config, location);
        }

        // A mirror that does not say which commit it serves: the files themselves name the snapshot.
        return location.Commit is { } known ? (known, known) : (NameSnapshot(wanted), address.Revision);
    }

    private bool IsLinked(string folder, string commit, string path, string id) =>
        CachePaths.ResolveBlobId(_cache.Paths.Link(folder, commit, path)) == id && File.Exists(_cache.Paths.Blob(folder, id));

    private static string NameSnapshot(IEnumerable<HubFile> files) => Convert.ToHexStringLower(
        SHA256.HashData(
            Encoding.UTF8.GetBytes(string.Join('\n', files.Select(file => $"{file.Name} {file.Id}").Order(StringComparer.Ordinal)))))[..40];

    private async Task DownloadAsync(HubAddress source, HubFile file, string path, CancellationToken cancellationToken)
    {
        var location = await _client.LocateAsync(source, file.Name, cancellationToken).ConfigureAwait(false);
        if (!location.Agrees(file))
        {
            throw Moved(source, file, location);
        }

        var incomplete = _cache.Paths.Incomplete(CachePaths.FolderName(source.Repository), file.Id);
        long prefix = 0;
        if (!File.Exists(PartialFile.JournalOf(path))
            && new FileInfo(incomplete) is { Exists: true, Length: > 0 } begun && begun.Length <= file.Bytes)
        {
            // The Python tools stopped on the way. Their file grows from front to back, and the lock that we hold says that they are gone.
            prefix = begun.Length;
            File.Move(incomplete, path, overwrite: true);
        }

        await new HubDownload(_client, _client.UrlOf(source, file.Name), file, path)
            .RunAsync(prefix, cancellationToken)
            .ConfigureAwait(false);
    }

    private static SourceUnavailableException Moved(HubAddress source, HubFile file, HubLocation location) => new(
        $"{source}/{file.Name}: the tree says {file.Bytes} bytes of {file.Id}, the file itself {location.Bytes} bytes of "
            + $"{location.Id}. "
        + "The branch moved meanwhile: try again.");

    private HubAddress AddressOf(CheckpointId checkpoint) => _relocated.TryGetValue(checkpoint, out var other)
        ? other
        : _offline.Locate(_modelOf(checkpoint.Model), checkpoint.Step);
}
