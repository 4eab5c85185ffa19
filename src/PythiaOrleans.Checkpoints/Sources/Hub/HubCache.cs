using PythiaOrleans.Checkpoints.Cache;
using PythiaOrleans.Checkpoints.Formats;
using PythiaOrleans.Core.Ids;

namespace PythiaOrleans.Checkpoints.Sources.Hub;

/// <summary>What the cache holds of the hub, read without asking the hub.</summary>
/// <param name="cache">The cache.</param>
internal sealed class HubCache(CheckpointCache cache)
{
    /// <summary>The model's configuration.</summary>
    public const string ConfigFile = "config.json";

    private const string TokenizerFile = "tokenizer.json";

    /// <summary>Whether a file of the repository belongs to the checkpoint.</summary>
    public static bool IsWanted(WeightLayout layout, string file) => layout.Owns(file) || file is ConfigFile or TokenizerFile;

    /// <summary>The files of a snapshot.</summary>
    public static CheckpointFiles Open(CheckpointId checkpoint, string snapshot, WeightLayout? layout, IDisposable lease)
    {
        var tokenizer = Path.Combine(snapshot, TokenizerFile);
        return new CheckpointFiles(
            checkpoint,
            Path.Combine(snapshot, ConfigFile),
            layout?.Complete(snapshot) ?? [],
            File.Exists(tokenizer) ? tokenizer : null)
        { Lease = lease };
    }

    /// <summary>
    /// The commit that a revision meant when it was fetched, and the digest of its weights by the names of their blobs; null where the
    /// cache lacks some.
    /// </summary>
    public (string Commit, string Digest)? FindDigest(HubAddress address)
    {
        if (Find(address) is null || Snapshot(address) is not { } snapshot)
        {
            return null;
        }

        WeightFile[] weights =
        [
            .. WeightLayout.In(snapshot)!.Present(snapshot)!.Select(
                path => new WeightFile(Path.GetFileName(path), RegularFile.LengthOf(path), CachePaths.ResolveBlobId(path) ?? ""))
        ];
        return Array.TrueForAll(weights, file => file.Sha256.Length == 64)
            && cache.Paths.Commit(CachePaths.FolderName(address.Repository), address.Revision) is { } commit
            ? (commit, WeightFile.Combine(weights))
            : null;
    }

    /// <summary>The path of a revision's configuration; null where the cache lacks it.</summary>
    public string? FindConfig(HubAddress address) =>
        Snapshot(address) is { } snapshot && Path.Combine(snapshot, ConfigFile) is var config && File.Exists(config) ? config : null;

    /// <summary>The bytes of the checkpoint's weights; null where the cache does not hold all of it.</summary>
    public long? Find(HubAddress address) => Snapshot(address) is { } snapshot && WeightLayout.In(snapshot) is { } layout
        && File.Exists(Path.Combine(snapshot, ConfigFile)) && CheckpointCache.HasAllWeights(snapshot)
        ? layout.Present(snapshot)?.Sum(RegularFile.LengthOf)
        : null;

    /// <summary>Opens the checkpoint; each file is compared with the digest that is its name.</summary>
    /// <exception cref="FileNotFoundException">The cache does not hold all of it.</exception>
    /// <exception cref="CheckpointFormatException">A file's bytes are not those that its name promises.</exception>
    public async Task<CheckpointFiles> OpenAsync(CheckpointId checkpoint, HubAddress address, CancellationToken cancellationToken)
    {
        var folder = CachePaths.FolderName(address.Repository);
        var snapshot = Snapshot(address);
        var layout = snapshot is null ? null : WeightLayout.In(snapshot);
        if (snapshot is null || layout is null || !File.Exists(Path.Combine(snapshot, ConfigFile)))
        {
            throw new FileNotFoundException(
                $"{address}: not in {cache.Root}, and HF_HUB_OFFLINE forbids to fetch it. "
                + "Unset it, or fetch the revision with huggingface-cli.");
        }

        var leases = new Leases();
        try
        {
            var names = Directory.EnumerateFiles(snapshot).Where(path => IsWanted(layout, Path.GetFileName(path)));
            foreach (var id in names.Select(CachePaths.ResolveBlobId).OfType<string>().Distinct(StringComparer.Ordinal))
            {
                leases.Add(await cache.AcquireAsync(folder, id, cancellationToken).ConfigureAwait(false));
                cache.CheckDigest(folder, id, cancellationToken);
            }

            return Open(checkpoint, snapshot, layout, leases);
        }
        catch
        {
            leases.Dispose();
            throw;
        }
    }

    /// <summary>The model's checkpoints whose weights are all here.</summary>
    public IEnumerable<CheckpointId> List(string model, HubModel kept)
    {
        var repository = CachePaths.FolderName(kept.Repository);
        return kept.Steps is not { } steps
            ? cache.WholeCheckpoints(repository, model)
            : cache.ListRefs(repository) is { Count: > 0 } refs
                ? steps.Where(step => IsWhole(Locate(kept, step, refs))).Select(step => new CheckpointId(model, step))
                : [];
    }

    /// <summary>Where the cache has a step, or where the hub should have it.</summary>
    public HubAddress Locate(HubModel kept, int step) =>
        Locate(kept, step, cache.ListRefs(CachePaths.FolderName(kept.Repository)));

    private static HubAddress Locate(HubModel kept, int step, IReadOnlyList<string> refs)
    {
        var address = kept.Locate(step);
        return refs.Contains(address.Revision) ? address : kept.LocateAmong(step, refs) ?? address;
    }

    private bool IsWhole(HubAddress address) => Snapshot(address) is { } snapshot && CheckpointCache.HasAllWeights(snapshot);

    private string? Snapshot(HubAddress address) =>
        cache.WholeSnapshot(CachePaths.FolderName(address.Repository), address.Revision, address.Folder);
}
