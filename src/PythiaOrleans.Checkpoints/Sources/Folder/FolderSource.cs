using PythiaOrleans.Checkpoints.Catalog;
using PythiaOrleans.Checkpoints.Formats;
using PythiaOrleans.Core.Ids;
using PythiaOrleans.Core.Storage;

namespace PythiaOrleans.Checkpoints.Sources.Folder;

/// <summary>
/// Checkpoints in a folder: <c>{root}/{model}/step{N}/</c> with <c>config.json</c> and weights, whole or in shards, read where they lie.
/// </summary>
/// <param name="root">The folder.</param>
/// <param name="stepPattern">How step folders are named, with <c>{step}</c> for the number; null takes the usual names.</param>
public sealed class FolderSource(string root, string? stepPattern = null) : ICheckpointSource
{
    private const string ConfigFile = "config.json";
    private const string TokenizerFile = "tokenizer.json";

    private readonly StepNames _steps = new(stepPattern);

    /// <inheritdoc />
    public string Name => root;

    /// <inheritdoc />
    public IRevisionSource Revisions { get; } = new FolderRevisions(root, stepPattern);

    /// <inheritdoc />
    public ValueTask<long?> FindAsync(CheckpointId checkpoint, CancellationToken cancellationToken)
    {
        var folder = FindFolder(checkpoint);
        return ValueTask.FromResult(WeightLayout.In(folder)?.Present(folder)?.Sum(LengthOf));
    }

    /// <inheritdoc />
    public ValueTask<string> ExplainAbsenceAsync(CheckpointId checkpoint, CancellationToken cancellationToken)
    {
        var folder = FindFolder(checkpoint);
        return ValueTask.FromResult(
            Directory.Exists(folder)
                ? $"{folder} holds none of {string.Join(", ", WeightLayout.All)}."
                : $"{folder} is not there; there are {DescribeSteps(checkpoint)}");
    }

    /// <inheritdoc />
    public ValueTask<string?> SampleAsync(CheckpointId checkpoint, CancellationToken cancellationToken)
    {
        var folder = FindFolder(checkpoint);
        if (WeightLayout.In(folder)?.Present(folder) is not { Length: > 0 } weights)
        {
            return ValueTask.FromResult<string?>(null);
        }

        try
        {
            using var sample = new WeightSample();
            Array.ForEach(weights, sample.AddFile);
            return ValueTask.FromResult<string?>(sample.Finish());
        }
        catch (Exception error) when (error is CheckpointFormatException or AccessDeniedException or IOException)
        {
            return ValueTask.FromResult<string?>(null); // the checkpoint's own task says what is wrong with it
        }
    }

    /// <inheritdoc />
    public ValueTask<CheckpointFiles> FetchAsync(CheckpointId checkpoint, CancellationToken cancellationToken)
    {
        var folder = FindFolder(checkpoint);
        if (!Directory.Exists(folder))
        {
            throw new FileNotFoundException($"{folder}: expected a folder of checkpoint {checkpoint}, found {DescribeSteps(checkpoint)}");
        }

        var layout = WeightLayout.In(folder) ?? throw new FileNotFoundException(
            $"{folder}: expected {string.Join(" or ", WeightLayout.All)} of checkpoint {checkpoint}, found none of them. "
            + "Put the files there, or leave the step out of the sweep.");
        var weights = layout.Complete(folder);
        var config = Path.Combine(folder, ConfigFile);
        if (!Path.Exists(config))
        {
            throw new FileNotFoundException(
                $"{config}: expected the model's configuration beside its weights, found nothing. Copy it from another step of the same "
                    + "model.");
        }

        var tokenizer = Path.Combine(folder, TokenizerFile);
        return ValueTask.FromResult(new CheckpointFiles(checkpoint, config, weights, File.Exists(tokenizer) ? tokenizer : null));
    }

    // One file that cannot be looked at must not end the planning of all others: the task that computes the checkpoint says what is wrong
    // with it.
    private static long LengthOf(string path)
    {
        try
        {
            return RegularFile.LengthOf(path);
        }
        catch (Exception error) when (error is CheckpointFormatException or AccessDeniedException or FileNotFoundException)
        {
            return 0;
        }
    }

    private string FindFolder(CheckpointId checkpoint)
    {
        var model = Path.Combine(root, ModelFolderName.FromModel(checkpoint.Model));
        var canonical = Path.Combine(model, checkpoint.Revision);
        if (stepPattern is null && Directory.Exists(canonical))
        {
            return canonical;
        }

        return _steps.ListSteps(model).TryGetValue(checkpoint.Step, out var name) ? Path.Combine(model, name) : canonical;
    }

    private string DescribeSteps(CheckpointId checkpoint)
    {
        var model = Path.Combine(root, ModelFolderName.FromModel(checkpoint.Model));
        if (!Directory.Exists(model))
        {
            return $"no folder {model}. Put the model there, or leave it out of the sweep.";
        }

        var names = Directory.EnumerateDirectories(model)
            .Select(folder => Path.GetFileName(folder))
            .Order(StringComparer.Ordinal)
            .Take(4)
            .ToArray();
        return $"{(names.Length == 0 ? "no subfolders" : string.Join(", ", names))} in {model}. Steps are called {_steps}; "
            + "--step-pattern gives another form.";
    }
}
