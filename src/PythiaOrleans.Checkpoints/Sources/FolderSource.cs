namespace PythiaOrleans.Checkpoints;

/// <summary>Checkpoints in a folder: <c>{root}/{model}/step{N}/</c> with <c>config.json</c> and <c>model.safetensors</c>, whole or in shards.</summary>
public sealed class FolderSource(string root) : ICheckpointSource
{
    private const string ConfigFile = "config.json";
    private const string TokenizerFile = "tokenizer.json";
    private const string WholeFile = "model.safetensors";
    private const string ShardPattern = "model-*-of-*.safetensors";

    /// <inheritdoc />
    public string Name => root;

    /// <inheritdoc />
    public ValueTask<long?> FindAsync(CheckpointId checkpoint, CancellationToken cancellationToken)
    {
        var weights = WeightsOf(FolderOf(checkpoint));
        return ValueTask.FromResult<long?>(weights.Length == 0 ? null : weights.Sum(file => new FileInfo(file).Length));
    }

    /// <inheritdoc />
    public ValueTask<CheckpointFiles> FetchAsync(CheckpointId checkpoint, CancellationToken cancellationToken)
    {
        var folder = FolderOf(checkpoint);
        var weights = WeightsOf(folder);
        if (weights.Length == 0)
        {
            throw new FileNotFoundException(
                $"{folder}: expected {WholeFile} or {ShardPattern} of checkpoint {checkpoint}, found {(Directory.Exists(folder) ? "neither" : "no such folder")}. "
                + "Put the files there, or leave the step out of the sweep.");
        }

        CheckShards(weights);
        var config = Path.Combine(folder, ConfigFile);
        if (!File.Exists(config))
        {
            throw new FileNotFoundException($"{config}: expected the model's configuration beside its weights, found nothing. Copy it from another step of the same model.");
        }

        var tokenizer = Path.Combine(folder, TokenizerFile);
        return ValueTask.FromResult(new CheckpointFiles(checkpoint, config, weights, File.Exists(tokenizer) ? tokenizer : null));
    }

    private static string[] WeightsOf(string folder)
    {
        if (!Directory.Exists(folder))
        {
            return [];
        }

        var whole = Path.Combine(folder, WholeFile);
        return File.Exists(whole) ? [whole] : [.. Directory.EnumerateFiles(folder, ShardPattern).Order(StringComparer.Ordinal)];
    }

    // Shards are named model-00001-of-00003: with one of them missing the parameters in it would only look absent.
    private static void CheckShards(string[] weights)
    {
        var name = Path.GetFileNameWithoutExtension(weights[0]);
        var of = name.LastIndexOf("-of-", StringComparison.Ordinal);
        if (of >= 0 && int.TryParse(name.AsSpan(of + "-of-".Length), out var count) && count != weights.Length)
        {
            throw new CheckpointFormatException(
                Path.GetDirectoryName(weights[0])!, ShardPattern, $"{count} files", $"{weights.Length}: {string.Join(", ", weights.Select(Path.GetFileName))}", "Fetch the missing ones.");
        }
    }

    private string FolderOf(CheckpointId checkpoint) => Path.Combine(root, Names.Check(checkpoint.Model, "model"), checkpoint.Revision);
}
