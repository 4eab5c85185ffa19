using PythiaOrleans.Checkpoints.Cache;
using PythiaOrleans.Checkpoints.Formats;
using PythiaOrleans.Core.Ids;
using PythiaOrleans.Core.Storage;

namespace PythiaOrleans.Checkpoints.Sources.Azure;

/// <summary>
/// Checkpoints in a blob container, laid out as in a folder: <c>{prefix}/{model}/step{N}/</c>. They are downloaded into this machine's
/// cache when they are used.
/// </summary>
/// <param name="store">The container.</param>
/// <param name="cache">Where files are downloaded; bounded, and shared with other processes.</param>
/// <param name="expected">The SHA-256 that a checkpoint's file must have, where it is known; what differs is never kept.</param>
public sealed class AzureSource(
    AzureBlobStore store, CheckpointCache cache, Func<CheckpointId, string, string?>? expected = null)
    : ICheckpointSource
{
    private const string ConfigFile = "config.json";
    private const string TokenizerFile = "tokenizer.json";

    private volatile bool _exists;

    /// <inheritdoc />
    public string Name => store.Name;

    /// <inheritdoc />
    public IRevisionSource Revisions { get; } = new AzureRevisions(store);

    /// <inheritdoc />
    public async ValueTask<long?> FindAsync(CheckpointId checkpoint, CancellationToken cancellationToken)
    {
        var files = await FilesAsync(checkpoint, cancellationToken).ConfigureAwait(false);
        return WeightLayout.Find(files.Select(FileOf)) is { } layout
            ? files.Where(file => layout.IsWeight(FileOf(file))).Sum(file => file.Bytes)
            : null;
    }

    /// <inheritdoc />
    public IEnumerable<CheckpointId> Cached(IEnumerable<string> models) => CachedIn(cache, models);

    /// <summary>What a cache holds of a container that need not be open.</summary>
    public static IEnumerable<CheckpointId> CachedIn(CheckpointCache cache, IEnumerable<string> models)
    {
        ArgumentNullException.ThrowIfNull(cache);
        return models.SelectMany(model => cache.WholeCheckpoints(RepositoryOf(model), model));
    }

    /// <inheritdoc />
    public async ValueTask<string?> SampleAsync(CheckpointId checkpoint, CancellationToken cancellationToken)
    {
        var files = await FilesAsync(checkpoint, cancellationToken).ConfigureAwait(false);
        if (WeightLayout.Find(files.Select(FileOf)) is not { } layout)
        {
            return null;
        }

        using var sample = new WeightSample();
        foreach (var file in files.Where(file => layout.IsWeight(FileOf(file))))
        {
            sample.AddFile(file.Bytes);
            foreach (var place in WeightSample.FindPlaces(file.Bytes))
            {
                var bytes = await store.ReadRangeAsync(file.Name, place, WeightSample.PlaceBytes, cancellationToken).ConfigureAwait(false);
                sample.Add(bytes);
            }
        }

        return sample.Finish();
    }

    /// <inheritdoc />
    public async ValueTask<CheckpointFiles> FetchAsync(CheckpointId checkpoint, CancellationToken cancellationToken)
    {
        var files = await FilesAsync(checkpoint, cancellationToken).ConfigureAwait(false);
        var layout = WeightLayout.Find(files.Select(FileOf)) ?? throw new FileNotFoundException(
            $"{Name}/{checkpoint.Path}: expected {string.Join(" or ", WeightLayout.All)}, found none of them. "
            + "Leave the step out of the sweep, or put the files there.");
        if (files.All(file => FileOf(file) != ConfigFile))
        {
            throw new FileNotFoundException(
                $"{Name}/{checkpoint.Path}/{ConfigFile}: expected the model's configuration beside its weights, found nothing. "
                + "Copy it from another step of the same model.");
        }

        ListedBlob[] wanted = [.. files.Where(file => layout.Owns(FileOf(file)) || FileOf(file) is ConfigFile or TokenizerFile)];
        cache.CheckRoom(checkpoint.ToString(), wanted.Sum(file => file.Bytes));
        var leases = new Leases();
        try
        {
            await Parallel.ForEachAsync(wanted, cancellationToken, async (file, stop) =>
                leases.Add(await FetchAsync(checkpoint, file, stop).ConfigureAwait(false))).ConfigureAwait(false);
            var repository = RepositoryOf(checkpoint.Model);
            cache.Paths.WriteRef(repository, checkpoint.Revision, checkpoint.Revision);
            var snapshot = cache.Paths.Snapshot(repository, checkpoint.Revision);
            var tokenizer = Array.Exists(wanted, file => FileOf(file) == TokenizerFile) ? Path.Combine(snapshot, TokenizerFile) : null;
            return new CheckpointFiles(
                checkpoint, Path.Combine(snapshot, ConfigFile), layout.Complete(snapshot), tokenizer)
            { Lease = leases };
        }
        catch
        {
            leases.Dispose();
            throw;
        }
    }

    private static string RepositoryOf(string model) => $"az--{model}";

    private static string FileOf(ListedBlob blob) => Path.GetFileName(blob.Name);

    private async Task<IDisposable> FetchAsync(CheckpointId checkpoint, ListedBlob file, CancellationToken cancellationToken)
    {
        var repository = RepositoryOf(checkpoint.Model);
        var id = $"{checkpoint.Revision}-{FileOf(file)}-{file.Tag}";
        Task DownloadToAsync(string path, CancellationToken token) => DownloadAsync(checkpoint, file, path, token);
        var lease = await cache.FetchAsync(repository, id, file.Bytes, DownloadToAsync, cancellationToken).ConfigureAwait(false);
        cache.Paths.LinkInSnapshot(repository, checkpoint.Revision, FileOf(file), id);
        return lease;
    }

    private async Task<IReadOnlyList<ListedBlob>> FilesAsync(CheckpointId checkpoint, CancellationToken cancellationToken)
    {
        var found = await store.ListWithSizesAsync($"{checkpoint.Path}/", cancellationToken).ConfigureAwait(false);
        if (found.Count == 0 && !_exists)
        {
            _exists = await store.ContainerExistsAsync(cancellationToken).ConfigureAwait(false)
                ? true
                : throw new AccessDeniedException(
                    $"{Name}: there is no such container. Check its name, and which account the environment names.");
        }

        return found;
    }

    private async Task DownloadAsync(CheckpointId checkpoint, ListedBlob file, string path, CancellationToken cancellationToken)
    {
        await store.DownloadAsync(file.Name, path, cancellationToken).ConfigureAwait(false);
        if (expected?.Invoke(checkpoint, FileOf(file)) is { } promised
            && BlobDigest.Compute(path, "", cancellationToken) is var found && found != promised)
        {
            File.Delete(path);
            throw new CheckpointFormatException(
                $"{Name}/{file.Name}",
                "its bytes",
                $"SHA-256 {promised}",
                found,
                $"The copy is damaged, or two machines wrote it with different PYTHIA_KEEP_HALF: delete {Name}/{checkpoint.Path} of the "
                    + "mirror.");
        }
    }
}
