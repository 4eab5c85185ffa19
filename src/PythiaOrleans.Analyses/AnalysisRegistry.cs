using PythiaOrleans.Core.Descriptions;

namespace PythiaOrleans.Analyses;

/// <summary>Every analysis of this assembly, found by its type: a public class that is an <see cref="IAnalysis"/>. Its constructor takes the <see cref="AnalysisSettings"/>, or nothing where they do not matter.</summary>
public static class AnalysisRegistry
{
    /// <summary>The columns that analyses derive for their series; settings do not change them.</summary>
    public static IReadOnlyCollection<IDerivedColumns> DerivedColumns { get; } = [.. Create(new AnalysisSettings(0, null)).Select(analysis => analysis.DerivedColumns).OfType<IDerivedColumns>()];

    /// <summary>One of each, for the given settings, in the order of their names.</summary>
    public static IReadOnlyList<IAnalysis> Create(AnalysisSettings settings) =>
    [
        .. typeof(IAnalysis).Assembly.GetExportedTypes()
            .Where(type => type.IsAssignableTo(typeof(IAnalysis)) && type is { IsAbstract: false, IsInterface: false })
            .Select(type => (IAnalysis)(type.GetConstructor([typeof(AnalysisSettings)])?.Invoke([settings]) ?? Activator.CreateInstance(type)!))
            .OrderBy(analysis => analysis.Description.Name, StringComparer.Ordinal),
    ];
}
