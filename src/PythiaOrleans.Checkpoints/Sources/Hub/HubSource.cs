using System.Collections.Concurrent;
using PythiaOrleans.Checkpoints.Cache;
using PythiaOrleans.Checkpoints.Formats;
using PythiaOrleans.Core.Ids;

namespace PythiaOrleans.Checkpoints.Sources.Hub;

/// <summary>Checkpoints of the Hugging Face hub: one repository a model, one revision <c>stepN</c> a step; fetched into the cache that the Python tools share.</summary>
public sealed class HubSource : ICheckpointSource, IDisposable
{
    private const string ConfigFile = "config.json";
    private const string TokenizerFile = "tokenizer.json";

    private readonly HubClient _client;
    private readonly CheckpointCache _cache;
    private readonly Func<string, string> _repositoryOf;
    private readonly ConcurrentDictionary<CheckpointId, IReadOnlyList<HubFile>> _trees = new();

    /// <summary>Opens the hub.</summary>
    /// <param name="options">Where it is and how it is read.</param>
    /// <param name="repositoryOf">The repository of a model: <c>EleutherAI/pythia-160m</c>.</param>
    /// <param name="name">What the user calls it: <c>hub:EleutherAI</c>.</param>
    public HubSource(HubOptions options, Func<string, string> repositoryOf, string name = "hub")
    {
        ArgumentNullException.ThrowIfNull(options);
        _client = new HubClient(options);
        _cache = new CheckpointCache(options.CacheFolder, options.CacheBytes);
        _repositoryOf = repositoryOf;
        Name = name;
    }

    /// <inheritdoc />
    public string Name { get; }

    /// <inheritdoc />
    public async ValueTask<long?> FindAsync(CheckpointId checkpoint, CancellationToken cancellationToken)
    {
        if (_client.Options.Offline)
        {
            return FindOffline(checkpoint);
        }

        var files = await TreeAsync(checkpoint, cancellationToken).ConfigureAwait(false);
        return files is null ? null : Weights(files)?.Sum(file => file.Bytes);
    }

    /// <inheritdoc />
    public async ValueTask<string?> DigestAsync(CheckpointId checkpoint, CancellationToken cancellationToken)
    {
        if (_client.Options.Offline || await TreeAsync(checkpoint, cancellationToken).ConfigureAwait(false) is not { } files || Weights(files) is not { Count: > 0 } weights)
        {
            return null;
        }

        return weights.All(file => file.Sha256 is not null)
            ? WeightFile.Combine([.. weights.Select(file => new WeightFile(file.Name, file.Bytes, file.Sha256!))])
            : null;
    }

    /// <inheritdoc />
    public IEnumerable<CheckpointId> Cached(IEnumerable<string> models) => models.SelectMany(model => _cache.WholeCheckpoints(CachePaths.FolderName(_repositoryOf(model)), model));

    /// <inheritdoc />
    public async ValueTask<CheckpointFiles> FetchAsync(CheckpointId checkpoint, CancellationToken cancellationToken)
    {
        if (_client.Options.Offline)
        {
            return await FetchOfflineAsync(checkpoint, cancellationToken).ConfigureAwait(false);
        }

        var repository = _repositoryOf(checkpoint.Model);
        var files = await TreeAsync(checkpoint, cancellationToken).ConfigureAwait(false)
            ?? throw new FileNotFoundException($"{Place(checkpoint)}: the hub has no such repository or revision. `pythia models {checkpoint.Model}` lists the steps; leave this one out.");
        var layout = WeightLayout.Find(files.Select(file => file.Name)) ?? throw new FileNotFoundException(
            $"{Place(checkpoint)}: expected {string.Join(" or ", WeightLayout.All)}, found {string.Join(", ", files.Select(file => file.Name))}. Leave the step out of the sweep.");
        var config = files.FirstOrDefault(file => file.Name == ConfigFile)
            ?? throw new FileNotFoundException($"{Place(checkpoint)}: expected {ConfigFile} beside the weights, found none. Report it, and leave the step out.");
        var wanted = files.Where(file => layout.Owns(file.Name) || file.Name is ConfigFile or TokenizerFile).ToList();

        var leases = new Leases();
        try
        {
            var commit = await CommitAsync(repository, checkpoint, config, wanted, cancellationToken).ConfigureAwait(false);
            var folder = CachePaths.FolderName(repository);
            await Parallel.ForEachAsync(wanted, cancellationToken, async (file, stop) =>
            {
                leases.Add(await _cache.FetchAsync(folder, file.Id, file.Bytes, (path, token) => DownloadAsync(repository, commit, file, path, token), stop).ConfigureAwait(false));
                _cache.Paths.LinkInSnapshot(folder, commit, file.Name, file.Id);
            }).ConfigureAwait(false);
            _cache.Paths.WriteRef(folder, checkpoint.Revision, commit);
            return Open(checkpoint, _cache.Paths.Snapshot(folder, commit), layout, leases);
        }
        catch
        {
            leases.Dispose();
            throw;
        }
    }

    /// <summary>Closes the connections.</summary>
    public void Dispose() => _client.Dispose();

    private static CheckpointFiles Open(CheckpointId checkpoint, string snapshot, WeightLayout layout, IDisposable lease)
    {
        var tokenizer = Path.Combine(snapshot, TokenizerFile);
        return new CheckpointFiles(checkpoint, Path.Combine(snapshot, ConfigFile), layout.Complete(snapshot), File.Exists(tokenizer) ? tokenizer : null) { Lease = lease };
    }

    private static IReadOnlyList<HubFile>? Weights(IReadOnlyList<HubFile> files) => WeightLayout.Find(files.Select(file => file.Name)) is { } layout
        ? [.. files.Where(file => file.Name == layout.Whole || (layout.IsWeight(file.Name) && files.All(other => other.Name != layout.Whole))).OrderBy(file => file.Name, StringComparer.Ordinal)]
        : null;

    private async Task<IReadOnlyList<HubFile>?> TreeAsync(CheckpointId checkpoint, CancellationToken cancellationToken)
    {
        if (_trees.TryGetValue(checkpoint, out var known))
        {
            return known;
        }

        var tree = await _client.TreeAsync(_repositoryOf(checkpoint.Model), checkpoint.Revision, cancellationToken).ConfigureAwait(false);
        return tree is null ? null : _trees.GetOrAdd(checkpoint, tree);
    }

    // The snapshot is named after the commit. Where the whole snapshot is here with the digests of the tree, nothing needs to be asked.
    private async Task<string> CommitAsync(string repository, CheckpointId checkpoint, HubFile config, IReadOnlyList<HubFile> wanted, CancellationToken cancellationToken)
    {
        var folder = CachePaths.FolderName(repository);
        if (_cache.Paths.Commit(folder, checkpoint.Revision) is { } commit && wanted.All(file => CachePaths.ResolveBlobId(_cache.Paths.Link(folder, commit, file.Name)) == file.Id))
        {
            return commit;
        }

        var location = await _client.LocateAsync(repository, checkpoint.Revision, config.Name, cancellationToken).ConfigureAwait(false);
        CheckPromise(checkpoint, config, location);
        return location.Commit;
    }

    private async Task DownloadAsync(string repository, string commit, HubFile file, string path, CancellationToken cancellationToken)
    {
        var location = await _client.LocateAsync(repository, commit, file.Name, cancellationToken).ConfigureAwait(false);
        CheckPromise(repository, commit, file, location);
        var incomplete = _cache.Paths.Incomplete(CachePaths.FolderName(repository), file.Id);
        long prefix = 0;
        if (!File.Exists(PartialFile.JournalOf(path)) && new FileInfo(incomplete) is { Exists: true, Length: > 0 } begun && begun.Length <= file.Bytes)
        {
            // The Python tools stopped on the way. Their file grows from front to back, and the lock that we hold says that they are gone.
            prefix = begun.Length;
            File.Move(incomplete, path, overwrite: true);
        }

        await new HubDownload(_client, _client.UrlOf(repository, commit, file.Name), file, path).RunAsync(prefix, cancellationToken).ConfigureAwait(false);
    }

    private void CheckPromise(CheckpointId checkpoint, HubFile file, HubLocation location)
    {
        try
        {
            CheckPromise(_repositoryOf(checkpoint.Model), checkpoint.Revision, file, location);
        }
        catch (IOException)
        {
            _trees.TryRemove(checkpoint, out _);
            throw;
        }
    }

    private static void CheckPromise(string repository, string revision, HubFile file, HubLocation location)
    {
        if (location.Id != file.Id || (location.Bytes is { } bytes && bytes != file.Bytes))
        {
            throw new IOException(
                $"{repository}@{revision}/{file.Name}: the tree says {file.Bytes} bytes of {file.Id}, the file itself {location.Bytes} bytes of {location.Id}. The branch moved meanwhile: try again.");
        }
    }

    private long? FindOffline(CheckpointId checkpoint) => OfflineSnapshot(checkpoint) is { } snapshot && WeightLayout.In(snapshot) is { } layout
        ? layout.Present(snapshot)?.Sum(MappedFile.LengthOf)
        : null;

    private async Task<CheckpointFiles> FetchOfflineAsync(CheckpointId checkpoint, CancellationToken cancellationToken)
    {
        var snapshot = OfflineSnapshot(checkpoint);
        var layout = snapshot is null ? null : WeightLayout.In(snapshot);
        if (snapshot is null || layout is null || !File.Exists(Path.Combine(snapshot, ConfigFile)))
        {
            throw new FileNotFoundException($"{Place(checkpoint)}: not in {_cache.Root}, and HF_HUB_OFFLINE forbids to fetch it. Unset it, or fetch the revision with huggingface-cli.");
        }

        var leases = new Leases();
        try
        {
            foreach (var id in Directory.EnumerateFiles(snapshot).Select(CachePaths.ResolveBlobId).OfType<string>().Distinct(StringComparer.Ordinal))
            {
                leases.Add(await _cache.AcquireAsync(CachePaths.FolderName(_repositoryOf(checkpoint.Model)), id, cancellationToken).ConfigureAwait(false));
            }

            return Open(checkpoint, snapshot, layout, leases);
        }
        catch
        {
            leases.Dispose();
            throw;
        }
    }

    private string? OfflineSnapshot(CheckpointId checkpoint) => _cache.WholeSnapshot(CachePaths.FolderName(_repositoryOf(checkpoint.Model)), checkpoint.Revision);

    private string Place(CheckpointId checkpoint) => $"{_repositoryOf(checkpoint.Model)}@{checkpoint.Revision}";
}
