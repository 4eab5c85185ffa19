using System.Collections.Concurrent;
using System.Reflection;
using PythiaOrleans.Analyses;
using PythiaOrleans.Checkpoints.Families;
using PythiaOrleans.Reporting.Findings;

namespace PythiaOrleans.Server.Plugins;

/// <summary>A user's assemblies with analyses, findings and model families of their own.</summary>
/// <remarks>
/// Analyses belong to the set that was loaded. Findings and families are known to the whole process from then on, since a checkpoint's
/// family is asked for everywhere. A plugin is code that runs with all rights of the process: load none that you do not trust.
/// </remarks>
public sealed class PluginSet
{
    // One process loads a file once, whoever asks: types of two copies would not be the same.
    private static readonly ConcurrentDictionary<string, Lazy<Assembly>> Loaded = new(StringComparer.Ordinal);

    private readonly AnalysisRegistry? _analyses;

    private PluginSet(IReadOnlyList<string> files, AnalysisRegistry? analyses)
    {
        Files = files;
        _analyses = analyses;
    }

    /// <summary>No plugins.</summary>
    public static PluginSet None { get; } = new([], null);

    /// <summary>The full paths of the files.</summary>
    public IReadOnlyList<string> Files { get; }

    /// <summary>The product's analyses and those of the plugins.</summary>
    public AnalysisRegistry Analyses => _analyses ?? AnalysisRegistry.BuiltIn;

    /// <summary>Loads assemblies and finds what they hold.</summary>
    /// <param name="files">Paths of .NET assemblies; relative ones from the working directory.</param>
    /// <exception cref="ArgumentException">
    /// A file is missing, is no .NET assembly, was built against another version, holds nothing of ours, or repeats a name.
    /// </exception>
    public static PluginSet Load(IReadOnlyList<string> files)
    {
        ArgumentNullException.ThrowIfNull(files);
        string[] paths = [.. files.Select(Path.GetFullPath).Distinct(StringComparer.Ordinal)];
        var assemblies = Array.ConvertAll(paths, path => Loaded.GetOrAdd(path, _ => new Lazy<Assembly>(() => LoadOne(path))).Value);
        return paths.Length == 0 ? None : new PluginSet(paths, new AnalysisRegistry(assemblies));
    }

    private static Assembly LoadOne(string file)
    {
        if (!File.Exists(file))
        {
            throw new ArgumentException($"Plugin {file}: expected a .NET assembly, found no file. Build it, or correct the path.");
        }

        try
        {
            var assembly = new PluginContext(file).LoadFromAssemblyPath(file);
            var analyses = assembly.GetExportedTypes().Count(type => type.IsAssignableTo(typeof(IAnalysis)) && !type.IsAbstract);
            var others = FindingCatalog.Register(assembly) + ModelFamilies.Register(assembly);
            return analyses + others > 0 ? assembly : throw new ArgumentException(
                $"Plugin {file}: expected a public {nameof(IAnalysis)}, {nameof(IFinding)} or {nameof(IModelFamily)}, found none. "
                + "See docs/extending.md.");
        }
        catch (BadImageFormatException)
        {
            throw new ArgumentException($"Plugin {file}: expected a .NET assembly, found another kind of file.");
        }
        catch (Exception error) when (error is TypeLoadException or FileNotFoundException or FileLoadException
            or ReflectionTypeLoadException or MissingMethodException)
        {
            throw new ArgumentException(
                $"Plugin {file} does not fit this version: {error.Message} Build it against this version's assemblies.", error);
        }
    }
}
