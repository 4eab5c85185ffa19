using System.Collections.Concurrent;

namespace PythiaOrleans.Checkpoints;

/// <summary>Checkpoints in a blob container, laid out as in a folder: <c>{prefix}/{model}/step{N}/</c>. They come to a folder of this machine when they are used.</summary>
/// <param name="store">The container.</param>
/// <param name="folder">Where files are brought; those that are there with the right length are not brought again.</param>
public sealed class AzureSource(AzureBlobStore store, string folder) : ICheckpointSource
{
    private readonly FolderSource _local = new(folder);
    private readonly ConcurrentDictionary<CheckpointId, SemaphoreSlim> _gates = new();

    /// <inheritdoc />
    public string Name => store.Name;

    /// <inheritdoc />
    public async ValueTask<long?> FindAsync(CheckpointId checkpoint, CancellationToken cancellationToken)
    {
        var files = await store.ListWithSizesAsync($"{checkpoint.Path}/", cancellationToken).ConfigureAwait(false);
        var weights = WeightLayout.All.Select(layout => files.Where(file => layout.Owns(Path.GetFileName(file.Name))).ToArray()).FirstOrDefault(found => found.Length > 0);
        return weights?.Where(file => !file.Name.EndsWith(".json", StringComparison.Ordinal)).Sum(file => file.Bytes);
    }

    /// <inheritdoc />
    public async ValueTask<CheckpointFiles> FetchAsync(CheckpointId checkpoint, CancellationToken cancellationToken)
    {
        // Two tasks that need one checkpoint (a reference above all) bring it once.
        var gate = _gates.GetOrAdd(checkpoint, _ => new SemaphoreSlim(1));
        await gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            await BringAsync(checkpoint, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            gate.Release();
        }

        return await _local.FetchAsync(checkpoint, cancellationToken).ConfigureAwait(false);
    }

    private async Task BringAsync(CheckpointId checkpoint, CancellationToken cancellationToken)
    {
        var files = await store.ListWithSizesAsync($"{checkpoint.Path}/", cancellationToken).ConfigureAwait(false);
        var layout = WeightLayout.All.FirstOrDefault(layout => files.Any(file => layout.Owns(Path.GetFileName(file.Name))))
            ?? throw new FileNotFoundException($"{Name}/{checkpoint.Path}: expected {string.Join(" or ", WeightLayout.All)}, found none of them. Leave the step out of the sweep, or bring the files there.");
        foreach (var (name, bytes) in files.Where(file => layout.Owns(Path.GetFileName(file.Name)) || Path.GetFileName(file.Name) is "config.json" or "tokenizer.json"))
        {
            var target = Path.Combine(folder, checkpoint.Path, Path.GetFileName(name));
            if (File.Exists(target) && new FileInfo(target).Length == bytes)
            {
                continue;
            }

            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            var draft = $"{target}.{Guid.NewGuid():N}.draft";
            try
            {
                await store.DownloadAsync(name, draft, cancellationToken).ConfigureAwait(false);
                File.Move(draft, target, overwrite: true);
            }
            finally
            {
                File.Delete(draft);
            }
        }
    }
}
