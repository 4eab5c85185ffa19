using PythiaOrleans.Checkpoints.Cache;
using PythiaOrleans.Checkpoints.Formats;
using PythiaOrleans.Core.Ids;

namespace PythiaOrleans.Checkpoints.Sources.Hub;

/// <summary>What the cache holds of the hub, read without asking the hub.</summary>
/// <param name="cache">The cache.</param>
/// <param name="repositoryOf">The repository of a model.</param>
internal sealed class HubCache(CheckpointCache cache, Func<string, string> repositoryOf)
{
    /// <summary>The model's configuration.</summary>
    public const string ConfigFile = "config.json";

    private const string TokenizerFile = "tokenizer.json";

    /// <summary>Whether a file of the repository belongs to the checkpoint.</summary>
    public static bool IsWanted(WeightLayout layout, string file) => layout.Owns(file) || file is ConfigFile or TokenizerFile;

    /// <summary>The files of a snapshot.</summary>
    public static CheckpointFiles Open(CheckpointId checkpoint, string snapshot, WeightLayout layout, IDisposable lease)
    {
        var tokenizer = Path.Combine(snapshot, TokenizerFile);
        return new CheckpointFiles(
            checkpoint,
            Path.Combine(snapshot, ConfigFile),
            layout.Complete(snapshot),
            File.Exists(tokenizer) ? tokenizer : null)
        { Lease = lease };
    }

    /// <summary>The bytes of the checkpoint's weights; null where the cache does not hold all of it.</summary>
    public long? Find(CheckpointId checkpoint) => Snapshot(checkpoint) is { } snapshot && WeightLayout.In(snapshot) is { } layout
        && File.Exists(Path.Combine(snapshot, ConfigFile)) && CheckpointCache.HasAllWeights(snapshot)
        ? layout.Present(snapshot)?.Sum(MappedFile.LengthOf)
        : null;

    /// <summary>Opens the checkpoint; each file is compared with the digest that is its name.</summary>
    /// <exception cref="FileNotFoundException">The cache does not hold all of it.</exception>
    /// <exception cref="CheckpointFormatException">A file's bytes are not those that its name promises.</exception>
    public async Task<CheckpointFiles> OpenAsync(CheckpointId checkpoint, CancellationToken cancellationToken)
    {
        var repository = repositoryOf(checkpoint.Model);
        var folder = CachePaths.FolderName(repository);
        var snapshot = Snapshot(checkpoint);
        var layout = snapshot is null ? null : WeightLayout.In(snapshot);
        if (snapshot is null || layout is null || !File.Exists(Path.Combine(snapshot, ConfigFile)))
        {
            throw new FileNotFoundException(
                $"{repository}@{checkpoint.Revision}: not in {cache.Root}, and HF_HUB_OFFLINE forbids to fetch it. "
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

    private string? Snapshot(CheckpointId checkpoint) =>
        cache.WholeSnapshot(CachePaths.FolderName(repositoryOf(checkpoint.Model)), checkpoint.Revision);
}
