using System.Reflection;
using PythiaOrleans.Core.Descriptions;

namespace PythiaOrleans.Analyses;

/// <summary>
/// Every analysis of the product and of a user's plugins, found by its type: a public class that is an <see cref="IAnalysis"/>.
/// </summary>
/// <remarks>Its constructor takes the <see cref="AnalysisSettings"/>, or nothing where they do not matter.</remarks>
public sealed class AnalysisRegistry
{
    private readonly Type[] _types;

    /// <summary>The product's analyses and those of plugins.</summary>
    /// <exception cref="ArgumentException">Two analyses have one name, or one cannot be created; the message says which.</exception>
    public AnalysisRegistry(params IEnumerable<Assembly> plugins)
    {
        _types = [.. plugins.Prepend(typeof(IAnalysis).Assembly).Distinct().SelectMany(AnalysesOf)];
        var all = Create(new AnalysisSettings(0, null));
        if (all.GroupBy(analysis => analysis.Description.Name).FirstOrDefault(group => group.Count() > 1) is { } twice)
        {
            throw new ArgumentException(
                $"Analysis '{twice.Key}' exists {twice.Count()} times, in {string.Join(" and ", twice.Select(Place))}. "
                + "Give the plugin's one another name.");
        }

        DerivedColumns = [.. all.Select(analysis => analysis.DerivedColumns).OfType<IDerivedColumns>()];
    }

    /// <summary>The product's own analyses.</summary>
    public static AnalysisRegistry BuiltIn { get; } = new();

    /// <summary>The columns that analyses derive for their series; settings do not change them.</summary>
    public IReadOnlyCollection<IDerivedColumns> DerivedColumns { get; }

    /// <summary>One of each, for the given settings, in the order of their names.</summary>
    public IReadOnlyList<IAnalysis> Create(AnalysisSettings settings) =>
        [.. _types.Select(type => Create(type, settings)).OrderBy(analysis => analysis.Description.Name, StringComparer.Ordinal)];

    private static IEnumerable<Type> AnalysesOf(Assembly assembly) => assembly.GetExportedTypes()
        .Where(type => type.IsAssignableTo(typeof(IAnalysis)) && type is { IsAbstract: false, IsInterface: false });

    private static IAnalysis Create(Type type, AnalysisSettings settings)
    {
        if (type.GetConstructor([typeof(AnalysisSettings)]) is { } takesSettings)
        {
            return (IAnalysis)takesSettings.Invoke([settings]);
        }

        return type.GetConstructor([]) is { } takesNothing
            ? (IAnalysis)takesNothing.Invoke([])
            : throw new ArgumentException(
                $"{type.FullName} of {type.Assembly.GetName().Name} has no public constructor "
                + $"that takes {nameof(AnalysisSettings)} or nothing. "
                + "Add one.");
    }

    private static string Place(IAnalysis analysis) => $"{analysis.GetType().FullName} of {analysis.GetType().Assembly.GetName().Name}";
}
