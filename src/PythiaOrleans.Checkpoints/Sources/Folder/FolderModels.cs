using System.Collections.Concurrent;
using PythiaOrleans.Checkpoints.Catalog;
using PythiaOrleans.Checkpoints.Families;
using PythiaOrleans.Checkpoints.Formats;

namespace PythiaOrleans.Checkpoints.Sources.Folder;

/// <summary>
/// Reads the models of a folder of checkpoints: their names and steps now, each configuration when the model's shape is first needed.
/// </summary>
public static class FolderModels
{
    private const string ConfigFile = "config.json";

    // A folder is read more than once while a command runs.
    private static readonly ConcurrentDictionary<string, bool> Told = new(StringComparer.Ordinal);

    /// <summary>The models of a folder, by the names of its subfolders.</summary>
    /// <param name="root">The folder.</param>
    /// <param name="stepPattern">How step folders are named, with <c>{step}</c> for the number; null takes the usual names.</param>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    public static ModelCatalog Read(string root, string? stepPattern = null)
    {
        if (!Directory.Exists(root))
        {
            throw new DirectoryNotFoundException($"{root}: expected a folder with model/stepN/config.json, found none of that name.");
        }

        TellOfDanglingLinks(root);
        var names = new StepNames(stepPattern);
        return ModelCatalog.FromModels(
            [
                .. Directory.EnumerateDirectories(root).Order(StringComparer.Ordinal).Select(
                    folder => ReadModel(folder, names)).OfType<ModelEntry>()
            ]);
    }

    private static ModelEntry? ReadModel(string folder, StepNames names)
    {
        var name = Path.GetFileName(folder);
        var leftOut = new List<(int Step, string Name)>();
        var steps = names.ListSteps(folder, (step, other) => leftOut.Add((step, other)));
        string[] configs = [.. steps.Values.Select(step => Path.Combine(folder, step, ConfigFile)).Where(Path.Exists)];
        if (configs.Length == 0)
        {
            return null;
        }

        TellOfDanglingLinks(folder);
        if (ModelFolderName.ToModel(name) is not { } model)
        {
            Tell($"{folder} is left out: the name of a model begins with a letter or a digit, of ASCII. Rename the folder.");
            return null;
        }

        foreach (var (step, other) in leftOut)
        {
            Tell($"{Path.Combine(folder, other)} is left out: {steps[step]} beside it is step {step}, too. Take one of them away, or name "
                + "the form that counts with --step-pattern.");
        }

        string[] aliases = model == name ? [] : [name];
        return ModelEntry.ReadLater(model, aliases, [.. steps.Keys], () => ReadShape(configs));
    }

    // They are neither folders nor files, so that a listing of either passes over them.
    private static void TellOfDanglingLinks(string folder)
    {
        foreach (var path in Directory.EnumerateFileSystemEntries(folder).Order(StringComparer.Ordinal))
        {
            if (RegularFile.DanglingTarget(path) is { } target)
            {
                Tell($"{path} is left out: it is a link to {target}, which is not there. Mend the link, or take it away.");
            }
        }
    }

    private static void Tell(string notice)
    {
        if (Told.TryAdd(notice, true))
        {
            SourceNotices.Report(notice);
        }
    }

    // The first step's configuration that can be read: a step with a damaged one fails alone. Where all are damaged, the first one's error
    // counts.
    private static ModelShape ReadShape(string[] configs)
    {
        CheckpointFormatException? first = null;
        foreach (var config in configs)
        {
            try
            {
                RegularFile.LengthOf(config); // a named pipe would be read without end
                return ModelFamilies.ReadShape(config);
            }
            catch (CheckpointFormatException error)
            {
                first ??= error;
            }
        }

        throw first!;
    }
}
