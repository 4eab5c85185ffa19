using PythiaOrleans.Checkpoints.Catalog;

namespace PythiaOrleans.Checkpoints.Sources.Folder;

/// <summary>
/// A folder's path. Where step folders have names of their own, specs keep the pattern behind the path: <c>/data/runs#steps=run_{step}</c>.
/// </summary>
public sealed class FolderScheme : ISourceScheme
{
    private const string PatternMark = "#steps=";

    /// <inheritdoc />
    public string Spelling => "a folder";

    /// <inheritdoc />
    public bool IsShared => true;

    /// <inheritdoc />
    public bool IsDefault => true;

    /// <inheritdoc />
    public bool Opens(string name) => true;

    /// <inheritdoc />
    public string Resolve(string name)
    {
        var (folder, pattern) = Split(name);
        return pattern is null ? Path.GetFullPath(folder) : WithStepPattern(Path.GetFullPath(folder), pattern);
    }

    /// <inheritdoc />
    public string WithStepPattern(string name, string pattern)
    {
        _ = new StepNames(pattern);
        return name + PatternMark + pattern;
    }

    /// <inheritdoc />
    public ICheckpointSource Open(string name, ModelCatalog catalog)
    {
        var (folder, pattern) = Split(name);
        return Directory.Exists(folder)
            ? new FolderSource(folder, pattern)
            : throw new DirectoryNotFoundException(
                $"Source '{folder}': expected a folder that holds model/stepN/config.json and weights, found none of that name. "
                + "Give a folder, hub, hub:ORG or az://container/prefix with --source.");
    }

    /// <inheritdoc />
    public ModelCatalog ReadModels(string name, IReadOnlyCollection<string> wanted)
    {
        var (folder, pattern) = Split(name);
        return Directory.Exists(folder) ? FolderModels.Read(folder, pattern) : ModelCatalog.Empty;
    }

    private static (string Folder, string? Pattern) Split(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        var mark = name.LastIndexOf(PatternMark, StringComparison.Ordinal);
        return mark > 0 && name.AsSpan(mark).Contains(StepNames.Placeholder, StringComparison.Ordinal)
            ? (name[..mark], name[(mark + PatternMark.Length)..])
            : (name, null);
    }
}
