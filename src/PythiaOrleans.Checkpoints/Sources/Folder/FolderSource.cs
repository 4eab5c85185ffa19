using PythiaOrleans.Checkpoints.Formats;
using PythiaOrleans.Core.Ids;

namespace PythiaOrleans.Checkpoints.Sources.Folder;

/// <summary>Checkpoints in a folder: <c>{root}/{model}/step{N}/</c> with <c>config.json</c> and <c>model.safetensors</c> or <c>pytorch_model.bin</c>, whole or in shards.</summary>
public sealed class FolderSource(string root) : ICheckpointSource
{
    private const string ConfigFile = "config.json";
    private const string TokenizerFile = "tokenizer.json";

    /// <inheritdoc />
    public string Name => root;

    /// <inheritdoc />
    public ValueTask<long?> FindAsync(CheckpointId checkpoint, CancellationToken cancellationToken)
    {
        var weights = WeightLayout.In(FolderOf(checkpoint))?.Present(FolderOf(checkpoint));
        return ValueTask.FromResult(weights?.Sum(MappedFile.LengthOf));
    }

    /// <inheritdoc />
    public ValueTask<CheckpointFiles> FetchAsync(CheckpointId checkpoint, CancellationToken cancellationToken)
    {
        var folder = FolderOf(checkpoint);
        var layout = WeightLayout.In(folder) ?? throw new FileNotFoundException(
            $"{folder}: expected {string.Join(" or ", WeightLayout.All)} of checkpoint {checkpoint}, found {(Directory.Exists(folder) ? "none of them" : "no such folder")}. "
            + "Put the files there, or leave the step out of the sweep.");
        var weights = layout.Complete(folder);
        var config = Path.Combine(folder, ConfigFile);
        if (!File.Exists(config))
        {
            throw new FileNotFoundException($"{config}: expected the model's configuration beside its weights, found nothing. Copy it from another step of the same model.");
        }

        var tokenizer = Path.Combine(folder, TokenizerFile);
        return ValueTask.FromResult(new CheckpointFiles(checkpoint, config, weights, File.Exists(tokenizer) ? tokenizer : null));
    }

    private string FolderOf(CheckpointId checkpoint) => Path.Combine(root, Identifier.Validate(checkpoint.Model, "model"), checkpoint.Revision);
}
